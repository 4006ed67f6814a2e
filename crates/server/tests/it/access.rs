//! Every operation × every role has an expectation; an operation without one fails.
//!
//! `U` unauthenticated, `F` forbidden or not to be seen, `A` permitted (whatever else the answer is). The roles are
//! nobody, guest, member, workspace administrator, owner (of workspace and instance).

use crate::server::{Actor, TestServer};
use plexichat_model::ChannelId;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ROLES: [&str; 5] = ["anonymous", "guest", "member", "admin", "owner"];

/// Operation, expectation per role, method, path, body. In this order: what changes the scene comes last.
const TABLE: &[(&str, &str, &str, &str, &str)] = &[
    ("get_setup", "AAAAA", "GET", "/setup", ""),
    ("login", "AAAAA", "POST", "/auth/login", r#"{"login":"olga","password":"correct horse battery staple"}"#),
    ("reset_password", "FFFFF", "POST", "/auth/reset", r#"{"code":"nonsense","password":"a new long password"}"#),
    (
        "complete_setup",
        "AAAAA",
        "POST",
        "/setup",
        r#"{"code":"x","owner":{"handle":"zoe","display_name":"Z","password":"a new long password"},"workspace_name":"W"}"#,
    ),
    ("preview_invitation", "AAAAA", "POST", "/invitations/preview", r#"{"code":"{code}"}"#),
    ("list_sessions", "UAAAA", "GET", "/auth/sessions", ""),
    ("get_me", "UAAAA", "GET", "/users/me", ""),
    ("update_me", "UAAAA", "PATCH", "/users/me", "{}"),
    ("get_user", "UAAAA", "GET", "/users/{victim}", ""),
    ("list_users", "UAAAA", "GET", "/users?q=v", ""),
    ("get_snapshot", "UAAAA", "GET", "/sync", ""),
    ("list_channel_states", "UAAAA", "GET", "/sync/channels", ""),
    ("get_instance_changes", "UAAAA", "GET", "/instance/changes?after=0", ""),
    ("get_user_changes", "UAAAA", "GET", "/users/me/changes?after=0", ""),
    ("get_workspace_changes", "UAAAA", "GET", "/workspaces/{workspace}/changes?after=0", ""),
    ("get_channel_changes", "UAAAA", "GET", "/channels/{channel}/changes?after=0", ""),
    ("list_workspaces", "UAAAA", "GET", "/workspaces", ""),
    ("get_workspace", "UAAAA", "GET", "/workspaces/{workspace}", ""),
    ("list_workspace_members", "UFAAA", "GET", "/workspaces/{workspace}/members", ""),
    ("list_channels", "UAAAA", "GET", "/workspaces/{workspace}/channels", ""),
    ("get_channel", "UAAAA", "GET", "/channels/{channel}", ""),
    ("list_channel_members", "UAAAA", "GET", "/channels/{channel}/members", ""),
    ("get_overrides", "UAAAA", "GET", "/channels/{channel}/overrides", ""),
    ("list_messages", "UAAAA", "GET", "/channels/{channel}/messages", ""),
    ("get_message", "UAAAA", "GET", "/channels/{channel}/messages/{message}", ""),
    ("list_threads", "UAAAA", "GET", "/channels/{channel}/threads", ""),
    ("list_thread_messages", "UAAAA", "GET", "/channels/{channel}/threads/{message}/messages", ""),
    ("gateway", "AAAAA", "GET", "/gateway", ""),
    ("get_status", "UFFFA", "GET", "/system/status", ""),
    ("create_user", "UFFFA", "POST", "/users", r#"{"handle":"fresh","display_name":"Fresh"}"#),
    ("update_user", "UFFFA", "PATCH", "/users/{victim}", "{}"),
    ("create_password_link", "UFFFA", "POST", "/users/{victim}/password-link", ""),
    ("create_workspace", "UFFFA", "POST", "/workspaces", r#"{"name":"Another"}"#),
    ("update_workspace", "UFFAA", "PATCH", "/workspaces/{workspace}", r#"{"description":"new"}"#),
    ("create_invitation", "UFFAA", "POST", "/workspaces/{workspace}/invitations", r#"{"role":"member"}"#),
    ("list_invitations", "UFFAA", "GET", "/workspaces/{workspace}/invitations", ""),
    ("revoke_invitation", "UFFAA", "DELETE", "/workspaces/{workspace}/invitations/{invitation}", ""),
    ("update_workspace_member", "UFFAA", "PATCH", "/workspaces/{workspace}/members/{victim}", r#"{"role":"member"}"#),
    ("create_channel", "UFAAA", "POST", "/workspaces/{workspace}/channels", r#"{"kind":"public","name":"made"}"#),
    ("open_conversation", "UAAAA", "POST", "/conversations", r#"{"user_ids":["{victim}"]}"#),
    ("update_channel", "UFFAA", "PATCH", "/channels/{channel}", r#"{"topic":"new"}"#),
    ("replace_overrides", "UFFAA", "PUT", "/channels/{channel}/overrides", r#"{"overrides":[]}"#),
    ("update_membership", "UAAAA", "PATCH", "/channels/{channel}/membership", r#"{"notify":"all"}"#),
    ("update_cursor", "UAAAA", "PUT", "/channels/{channel}/cursor", r#"{"last_read_number":1}"#),
    ("send_message", "UAAAA", "POST", "/channels/{channel}/messages", r#"{"nonce":"77","text":"hi"}"#),
    ("edit_message", "UFFFA", "PATCH", "/channels/{channel}/messages/{message}", r#"{"text":"edited"}"#),
    ("add_reaction", "UAAAA", "PUT", "/channels/{channel}/messages/{message}/reactions/%F0%9F%91%8D", ""),
    ("remove_reaction", "UAAAA", "DELETE", "/channels/{channel}/messages/{message}/reactions/%F0%9F%91%8D", ""),
    ("delete_message", "UFFAA", "DELETE", "/channels/{channel}/messages/{message}", ""),
    ("join_channel", "UAAAA", "POST", "/channels/{channel}/join", ""),
    ("add_channel_members", "UFFAA", "POST", "/channels/{channel}/members", r#"{"user_ids":["{victim}"]}"#),
    ("remove_channel_member", "UFFAA", "DELETE", "/channels/{channel}/members/{victim}", ""),
    ("remove_workspace_member", "UFFAA", "DELETE", "/workspaces/{workspace}/members/{victim}", ""),
    ("accept_invitation", "UAAAA", "POST", "/invitations/accept", r#"{"code":"{code}"}"#),
    ("leave_channel", "UAAAA", "POST", "/channels/{channel}/leave", ""),
    ("change_password", "UAAAA", "POST", "/auth/password", r#"{"current":"wrong wrong wrong","new":"a new long password"}"#),
    ("revoke_other_sessions", "UAAAA", "DELETE", "/auth/sessions", ""),
    ("refresh_session", "UAAAA", "POST", "/auth/refresh", ""),
    ("revoke_session", "UAAAA", "DELETE", "/auth/sessions/{session}", ""),
    ("logout", "UAAAA", "POST", "/auth/logout", ""),
];

/// What stands for the words in braces.
struct Scene {
    server: TestServer,
    actor: Actor,
    words: Vec<(&'static str, String)>,
}

async fn scene(role: &str) -> Scene {
    let server = TestServer::start().await;
    let victim = server.join("victim", "member").await;
    let actor = match role {
        "anonymous" => server.anonymous(),
        "owner" => server.owner.clone(),
        role => server.join("actor", role).await,
    };
    let people: Vec<&Actor> = if matches!(role, "anonymous" | "owner") { vec![&victim] } else { vec![&victim, &actor] };
    let channel: ChannelId = server.channel("room", &people).await;
    let message = server.owner.say(channel, 1, "the owner's").await["id"].clone();
    let invited = server
        .owner
        .post(&format!("/workspaces/{}/invitations", server.workspace), json!({ "role": "member", "max_uses": 10 }))
        .await;
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let extra = server
        .owner
        .post(&format!("/workspaces/{}/invitations", server.workspace), json!({ "role": "member", "max_uses": 10 }))
        .await;
    let words = vec![
        ("{workspace}", server.workspace.to_string()),
        ("{channel}", channel.to_string()),
        ("{message}", text(&message)),
        ("{victim}", victim.id.to_string()),
        ("{invitation}", text(&extra["invitation"]["id"])),
        ("{code}", text(&invited["code"])),
        ("{session}", "1".to_owned()),
    ];
    Scene { server, actor, words }
}

impl Scene {
    fn fill(&self, template: &str) -> String {
        self.words.iter().fold(template.to_owned(), |text, (word, value)| text.replace(word, value))
    }

    /// The caller's own session and, after a refresh, the new token.
    async fn renew(&mut self, operation: &str, answer: &Value) {
        if operation == "refresh_session"
            && let Some(token) = answer["token"].as_str()
        {
            token.clone_into(&mut self.actor.token);
        }
        if operation == "refresh_session" || operation == "list_sessions" {
            let sessions = self.actor.call(Method::GET, "/auth/sessions", None).await.1;
            if let Some(id) = sessions["items"][0]["id"].as_str() {
                self.words.retain(|(word, _)| *word != "{session}");
                self.words.push(("{session}", id.to_owned()));
            }
        }
    }
}

async fn check(index: usize) {
    let mut scene = scene(ROLES[index]).await;
    let mut wrong = Vec::new();
    for (operation, expected, method, path, body) in TABLE {
        let expected = expected.as_bytes()[index];
        let (path, body) = (scene.fill(path), scene.fill(body));
        let body = (!body.is_empty()).then(|| serde_json::from_str(&body).expect("JSON"));
        let method: Method = method.parse().expect("a method");
        // Ending one's own session is shown by the last row.
        if *operation == "revoke_session" && expected == b'A' {
            let (status, _) = scene.actor.call(Method::DELETE, "/auth/sessions/1", None).await;
            assert_eq!(status, 404, "a session of nobody");
            continue;
        }
        let (status, answer) = scene.actor.call(method, &path, body).await;
        let got = match (status.as_u16(), answer["code"].as_str()) {
            (401, Some("invalid_credentials")) => b'A',
            (401, _) => b'U',
            (403 | 404, _) => b'F',
            (500.., _) => b'!',
            _ => b'A',
        };
        if got != expected {
            wrong.push(format!("{operation}: expected {}, got {} ({status} {answer})", expected as char, got as char));
        }
        scene.renew(operation, &answer).await;
    }
    assert!(wrong.is_empty(), "as {}:\n{}", ROLES[index], wrong.join("\n"));
    assert!(!scene.server.served.is_finished());
}

#[tokio::test]
async fn nobody() {
    check(0).await;
}

#[tokio::test]
async fn guest() {
    check(1).await;
}

#[tokio::test]
async fn member() {
    check(2).await;
}

#[tokio::test]
async fn admin() {
    check(3).await;
}

#[tokio::test]
async fn owner() {
    check(4).await;
}

#[test]
fn every_operation_has_an_expectation() {
    let document = serde_json::to_value(plexichat_server::openapi()).expect("serialises");
    let items = document["paths"].as_object().expect("paths").values().filter_map(Value::as_object);
    let operations = items.flat_map(|item| item.values()).filter_map(|operation| operation["operationId"].as_str());
    let operations: BTreeSet<&str> = operations.collect();
    let expected: BTreeSet<&str> = TABLE.iter().map(|(operation, ..)| *operation).collect();
    assert_eq!(operations, expected);
}
