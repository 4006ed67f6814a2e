//! Who may do what: every operation of the document, asked by every kind of caller, answers as docs/reference/access.md says.
//!
//! The rows come from the OpenAPI document, the answers from a server; nothing of the table is written by hand, so a new
//! operation changes it and fails this test until somebody has looked at its row. `PLEXICHAT_WRITE_ACCESS=1` writes the file.

use crate::server::{Actor, TestServer, account};
use plexichat_database::entity::key_node;
use plexichat_kernel::tasks;
use plexichat_model::ChannelId;
use plexichat_sealing::Identity;
use reqwest::{Method, StatusCode};
use sea_orm::{EntityTrait as _, IntoActiveModel as _};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// A kind of caller: name in the table, who it is.
const ROLES: [(&str, &str); 10] = [
    ("owner", "owns the instance and the workspace"),
    ("admin", "administers the workspace, has no role on the instance"),
    ("instance admin", "administers the instance, is an everyday member of the workspace"),
    ("member", "is an everyday member of the workspace"),
    ("guest", "is a guest of the workspace, in the channel by invitation"),
    ("ex-member", "was a member of the workspace and the channel, and was removed"),
    ("stranger", "is a member of another workspace of the same instance"),
    ("suspended", "was a member; the account is suspended"),
    ("ended session", "is a member, but the session has ended"),
    ("anonymous", "is not signed in"),
];

/// Bodies, by operation. What stands in braces is filled in.
const BODIES: &[(&str, &str)] = &[
    ("accept_invitation", r#"{"code":"{code}"}"#),
    ("add_channel_members", r#"{"user_ids":["{newcomer}"]}"#),
    ("change_password", r#"{"current":"{password}","new":"another long password"}"#),
    (
        "complete_setup",
        r#"{"code":"x","owner":{"handle":"zoe","display_name":"Zoe","password":"a new long password"},"workspace_name":"W"}"#,
    ),
    ("create_channel", r#"{"kind":"public","name":"made"}"#),
    ("create_invitation", r#"{"role":"member"}"#),
    ("create_node_invitation", r#"{"expires_in_hours":1}"#),
    ("create_recovery_kit", r#"{"form":"words"}"#),
    ("create_user", r#"{"handle":"fresh{n}","display_name":"Fresh"}"#),
    ("create_workspace", r#"{"name":"Another"}"#),
    ("edit_message", r#"{"text":"edited"}"#),
    ("login", r#"{"login":"{login}","password":"{password}"}"#),
    ("open_conversation", r#"{"user_ids":["{user_id}"]}"#),
    ("order_key_task", r#"{"kind":"rotate","target":{"level":"channel","id":"{channel_id}"}}"#),
    ("preview_invitation", r#"{"code":"{code}"}"#),
    ("prove_recovery_kit", KIT_OF_NOBODY),
    ("replace_overrides", r#"{"overrides":[]}"#),
    ("reset_password", r#"{"code":"nonsense","password":"a new long password"}"#),
    ("send_message", r#"{"nonce":"77","text":"hi"}"#),
    ("update_channel", r#"{"topic":"new"}"#),
    ("update_cursor", r#"{"last_read_number":1}"#),
    ("update_me", r#"{"display_name":"New Name"}"#),
    ("update_membership", r#"{"notify":"all"}"#),
    ("update_user", r#"{"status":"suspended"}"#),
    ("update_workspace", r#"{"description":"new"}"#),
    ("update_workspace_member", r#"{"role":"guest"}"#),
];

/// Words that fit together and belong to no kit of the server.
const KIT_OF_NOBODY: &str = r#"{"words":"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art"}"#;

/// An operation of the document.
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: Method,
    /// With its parameters in braces.
    pub(crate) path: String,
    /// Query parameters that must be there.
    query: Vec<String>,
    has_body: bool,
    /// Whether nobody has to be signed in: it is asked without a token.
    is_open: bool,
}

pub(crate) fn operations() -> Vec<Operation> {
    let document = plexichat_server::openapi();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let needed = parameters.filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
            all.push(Operation {
                id: operation["operationId"].as_str().expect("an id").to_owned(),
                method: method.to_uppercase().parse().expect("a method"),
                path: path.strip_prefix("/api/v1").expect("below the API").to_owned(),
                query: needed.map(|parameter| parameter["name"].as_str().expect("a name").to_owned()).collect(),
                has_body: operation.get("requestBody").is_some(),
                is_open: operation["security"] == json!([]),
            });
        }
    }
    all
}

/// Somebody of a role, and things to act on. A success that changes something uses it up.
pub(crate) struct Scene {
    pub(crate) actor: Actor,
    words: Vec<(&'static str, String)>,
}

async fn actor(server: &TestServer, role: &str, handle: &str) -> Actor {
    let instance = async |actor: &Actor, role: &str| {
        server.owner.patch(&format!("/users/{}", actor.id), json!({ "instance_role": role })).await
    };
    match role {
        "anonymous" => server.anonymous(),
        "owner" => {
            let actor = server.join(handle, "owner").await;
            instance(&actor, "owner").await;
            actor
        }
        "instance admin" => {
            let actor = server.join(handle, "member").await;
            instance(&actor, "admin").await;
            actor
        }
        "stranger" => {
            let elsewhere = server.owner.post("/workspaces", json!({ "name": "Elsewhere" })).await;
            let id = elsewhere["workspace"]["id"].as_str().expect("an id");
            let invited = server.owner.post(&format!("/workspaces/{id}/invitations"), json!({ "role": "member" })).await;
            let body = json!({ "code": invited["code"], "account": account(handle), "transport": "bearer" });
            server.signed(&server.anonymous().post("/invitations/accept", body).await)
        }
        "admin" | "guest" => server.join(handle, role).await,
        _ => server.join(handle, "member").await,
    }
}

/// What happened to somebody after they had joined the channel.
async fn befall(server: &TestServer, role: &str, actor: &Actor) {
    match role {
        "ex-member" => drop(server.owner.delete(&format!("/workspaces/{}/members/{}", server.workspace, actor.id)).await),
        "suspended" => drop(server.owner.patch(&format!("/users/{}", actor.id), json!({ "status": "suspended" })).await),
        "ended session" => drop(actor.post("/auth/logout", Value::Null).await),
        _ => {}
    }
}

/// A recovery kit that waits to be proven; one is made where there is none, which takes longer than asking.
async fn kit(server: &TestServer) -> String {
    let keys = server.owner.get("/admin/keys").await;
    if let Some(id) = keys["waiting_kit"]["id"].as_str() {
        return id.to_owned();
    }
    let made = server.owner.post("/admin/keys/recovery-kit", json!({ "form": "words" })).await;
    made["kit"]["id"].as_str().expect("an id").to_owned()
}

pub(crate) async fn scene(server: &TestServer, role: &str, n: usize) -> Scene {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let handle = format!("actor{n}");
    let actor = actor(server, role, &handle).await;
    let victim = server.join(&format!("victim{n}"), "member").await;
    let newcomer = server.join(&format!("newcomer{n}"), "member").await;
    let outside = matches!(role, "anonymous" | "stranger");
    let people: Vec<&Actor> = if outside { vec![&victim] } else { vec![&victim, &actor] };
    let channel: ChannelId = server.channel(&format!("room{n}"), &people).await;
    let message = text(&server.owner.say(channel, 1, "the owner's").await["id"]);
    server
        .owner
        .post(&format!("/channels/{channel}/messages"), json!({ "nonce": "2", "text": "reply", "thread_id": message }))
        .await;
    let invitations = format!("/workspaces/{}/invitations", server.workspace);
    let invited = server.owner.post(&invitations, json!({ "role": "member", "max_uses": 10 })).await;
    let shred = json!({ "kind": "shred", "target": { "level": "channel", "id": channel } });
    let task = server.owner.post("/admin/keys/tasks", shred).await;
    let node_invitation = node_invitation(server).await;
    let node = joined_node(server, n).await;
    let kit = kit(server).await;
    befall(server, role, &actor).await;
    let session = match role {
        "anonymous" | "suspended" | "ended session" => "1".to_owned(),
        _ => text(&actor.get("/auth/sessions").await["items"][0]["id"]),
    };
    let words = vec![
        ("{workspace_id}", server.workspace.to_string()),
        ("{channel_id}", channel.to_string()),
        ("{message_id}", message.clone()),
        ("{root_id}", message),
        ("{node_id}", node),
        ("{node_invitation_id}", node_invitation),
        ("{task_id}", text(&task["id"])),
        ("{kit_id}", kit),
        ("{user_id}", victim.id.to_string()),
        ("{newcomer}", newcomer.id.to_string()),
        ("{invitation_id}", text(&invited["invitation"]["id"])),
        ("{code}", text(&invited["code"])),
        ("{session_id}", session),
        ("{emoji}", "%F0%9F%91%8D".to_owned()),
        ("{login}", if role == "anonymous" { "olga".to_owned() } else { handle }),
        ("{password}", account("x").password),
        ("{n}", n.to_string()),
        // The first entry of the audit log: the making of the owner.
        ("{number}", "0".to_owned()),
    ];
    Scene { actor, words }
}

/// An invitation of a node, in the place of earlier ones: there may be sixteen.
async fn node_invitation(server: &TestServer) -> String {
    let found = server.owner.get("/admin/keys/node-invitations").await;
    for one in found["items"].as_array().expect("a list") {
        server.owner.delete(&format!("/admin/keys/node-invitations/{}", one["id"].as_str().expect("an id"))).await;
    }
    let made = server.owner.post("/admin/keys/node-invitations", json!({})).await;
    made["invitation"]["id"].as_str().expect("an id").to_owned()
}

/// A node that has joined, as its row says: nothing is ever sealed for it.
async fn joined_node(server: &TestServer, n: usize) -> String {
    let id = i64::try_from(n).expect("fits") + 1_000;
    let row = key_node::Model {
        id,
        name: format!("node:{n}"),
        recipient: Identity::random().recipient().as_bytes().to_vec(),
        invitation_id: 1,
        proof: Vec::new(),
        state: 1,
        reason: 0,
        secret: None,
        created_ms: 1,
        joined_ms: Some(1),
    };
    let db = server.db.db();
    key_node::Entity::delete_many().exec(db.maintenance()).await.expect("removed");
    key_node::Entity::insert(row.into_active_model()).exec_without_returning(db.maintenance()).await.expect("written");
    id.to_string()
}

impl Scene {
    pub(crate) fn fill(&self, template: &str) -> String {
        self.words.iter().fold(template.to_owned(), |text, (word, value)| text.replace(word, value))
    }

    pub(crate) async fn ask(&self, operation: &Operation) -> (StatusCode, Value) {
        let query: Vec<String> = operation.query.iter().map(|name| format!("{name}=0")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let path = self.fill(&format!("{}{mark}{}", operation.path, query.join("&")));
        assert!(!path.contains('{'), "{path}: say in `scene` what stands for its parameter");
        let body = operation.has_body.then(|| {
            let body = BODIES.iter().find(|(id, _)| *id == operation.id);
            let (_, body) = body.unwrap_or_else(|| panic!("{} has a body: give it one in `BODIES`", operation.id));
            serde_json::from_str(&self.fill(body)).expect("JSON")
        });
        let token = if operation.is_open { String::new() } else { self.actor.token.clone() };
        Actor { token, ..self.actor.clone() }.call(operation.method.clone(), &path, body).await
    }
}

/// The answers to one role, in the order of the operations.
async fn column(role: &'static str) -> Vec<String> {
    let server = TestServer::start().await;
    let mut n = 0;
    let mut scene = self::scene(&server, role, n).await;
    // The audit log is signed a moment after what it is about.
    while !server.owner.call(Method::GET, "/admin/audit/checkpoint", None).await.0.is_success() {
        tokio::task::yield_now().await;
    }
    let mut answers = Vec::new();
    for operation in operations() {
        let (status, answer) = scene.ask(&operation).await;
        assert!(!status.is_server_error(), "{} as {role}: {status} {answer}", operation.id);
        answers.push(match answer["code"].as_str().filter(|_| !status.is_success()) {
            Some(code) => format!("{} {code}", status.as_u16()),
            None => format!("**{}**", status.as_u16()),
        });
        if status.is_success() && operation.method != Method::GET {
            n += 1;
            scene = self::scene(&server, role, n).await;
        }
    }
    answers
}

fn page(columns: &[Vec<String>]) -> String {
    let mut out = String::from(
        "# Who may do what\n\n\
         Written by the test `access` of `crates/server`, which asks every operation of the [API](openapi.json) as every kind\n\
         of caller: `PLEXICHAT_WRITE_ACCESS=1 cargo nextest run -p plexichat-server access`. The answer is the HTTP status;\n\
         a refusal also names its [code](errors.md). Asked is for the caller's own things, or for a public channel of the\n\
         workspace in which the caller is or was, a message of the owner in it, and another member of both. What needs no\n\
         sign-in is asked without a token. The gateway is asked without a handshake.\n\n",
    );
    for (role, who) in ROLES {
        let _ = writeln!(out, "- **{role}** {who}");
    }
    out.push_str("\n| operation |");
    for (role, _) in ROLES {
        let _ = write!(out, " {role} |");
    }
    let _ = writeln!(out, "\n|{}", "---|".repeat(ROLES.len() + 1));
    for (row, operation) in operations().iter().enumerate() {
        let _ = write!(out, "| `{} {}`<br>{} |", operation.method, operation.path, operation.id);
        for column in columns {
            let _ = write!(out, " {} |", column[row]);
        }
        out.push('\n');
    }
    out
}

#[expect(clippy::disallowed_methods, reason = "a switch of this test, no setting of the product")]
fn is_to_be_written() -> bool {
    std::env::var_os("PLEXICHAT_WRITE_ACCESS").is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_answers_every_role_as_the_table_says() {
    let running: Vec<_> = ROLES.iter().map(|(role, _)| tasks::spawn("column", column(role))).collect();
    let mut columns = Vec::new();
    for column in running {
        columns.push(column.await.expect("is measured"));
    }
    let page = page(&columns);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/access.md");
    if is_to_be_written() {
        std::fs::write(&path, &page).expect("written");
    }
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    let (held, got): (BTreeSet<&str>, BTreeSet<&str>) = (held.lines().collect(), page.lines().collect());
    let list = |lines: Vec<&&str>| lines.into_iter().fold(String::new(), |text, line| text + "\n  " + line);
    assert!(
        held == got,
        "docs/reference/access.md says otherwise. It has{}\nThe server answers{}\nIf that is what it should do: PLEXICHAT_WRITE_ACCESS=1",
        list(held.difference(&got).collect()),
        list(got.difference(&held).collect()),
    );
}

#[test]
fn every_body_belongs_to_an_operation() {
    let all: BTreeSet<String> =
        operations().into_iter().filter(|operation| operation.has_body).map(|operation| operation.id).collect();
    for (id, _) in BODIES {
        assert!(all.contains(*id), "{id} takes no body");
    }
}
