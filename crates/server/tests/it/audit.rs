//! Every operation that changes something writes an entry of the audit log, or says here why it does not.
//!
//! The operations come from the OpenAPI document: a new one fails this test until it stands in one of the two lists, and one
//! in the first list is done, on a server, and its entry looked for.

use crate::access::{Operation, operations, scene};
use crate::server::TestServer;
use plexichat_audit::{Action, Entry};
use plexichat_database::Sql;
use reqwest::Method;
use sea_orm::ConnectionTrait as _;
use serde_json::json;
use std::collections::BTreeSet;

/// What operations write.
const WRITES: &[(&str, Action)] = &[
    ("accept_invitation", Action::InvitationAccepted),
    ("approve_key_task", Action::KeysShredApproved),
    ("cancel_key_task", Action::KeysTaskCancelled),
    ("order_key_task", Action::KeysRotationOrdered),
    ("add_channel_members", Action::ChannelMembersAdded),
    ("change_password", Action::PasswordChanged),
    ("complete_setup", Action::InstanceSetUp),
    ("create_channel", Action::ChannelCreated),
    ("create_invitation", Action::InvitationCreated),
    ("create_node_invitation", Action::NodeInvited),
    ("create_password_link", Action::PasswordLinkCreated),
    ("create_recovery_kit", Action::RecoveryKitCreated),
    ("create_user", Action::AccountCreated),
    ("create_workspace", Action::WorkspaceCreated),
    ("delete_message", Action::MessageRemoved),
    ("erase_audit_subject", Action::AuditErased),
    ("join_channel", Action::ChannelMembersAdded),
    ("leave_channel", Action::ChannelMemberRemoved),
    ("login", Action::SessionOpened),
    ("logout", Action::SessionClosed),
    ("open_conversation", Action::ConversationOpened),
    ("prove_recovery_kit", Action::RecoveryKitProven),
    ("refresh_session", Action::SessionRefreshed),
    ("remove_recovery_kit", Action::RecoveryKitRemoved),
    ("renew_certificate", Action::CertificateRenewalOrdered),
    ("remove_channel_member", Action::ChannelMemberRemoved),
    ("remove_key_node", Action::NodeRemoved),
    ("remove_workspace_member", Action::MemberRemoved),
    ("replace_overrides", Action::ChannelOverrides),
    ("reset_password", Action::PasswordReset),
    ("revoke_invitation", Action::InvitationRevoked),
    ("revoke_node_invitation", Action::NodeInvitationRevoked),
    ("revoke_other_sessions", Action::SessionRevoked),
    ("revoke_session", Action::SessionRevoked),
    ("update_channel", Action::ChannelUpdated),
    ("update_me", Action::AccountUpdated),
    ("update_user", Action::AccountAdministered),
    ("update_workspace", Action::WorkspaceUpdated),
    ("update_workspace_member", Action::MemberUpdated),
];

/// What writes nothing, and why.
const EXEMPT: &[(&str, &str)] = &[
    ("add_reaction", "conversation, not administration"),
    ("edit_message", "one's own words; nobody can edit others'"),
    ("preview_invitation", "reads; it is a POST because the code must not stand in an address"),
    ("remove_reaction", "conversation, not administration"),
    ("send_message", "messages are the content, not acts upon it, and their path must not wait for the log"),
    ("update_cursor", "how far somebody has read"),
    ("update_membership", "how loud a channel is for oneself"),
];

async fn entries(server: &TestServer) -> Vec<Entry> {
    let text = "select body from audit_pending union all select body from audit_entries";
    let db = server.db.db();
    let rows = db.reader().query_all_raw(Sql::new(db.engine(), text).build()).await.expect("reads");
    let body = |row: sea_orm::QueryResult| row.try_get_by_index::<String>(0).expect("a body");
    rows.into_iter().map(|row| Entry::parse(&body(row)).expect("an entry")).collect()
}

fn writing() -> Vec<Operation> {
    operations().into_iter().filter(|operation| operation.method != Method::GET).collect()
}

#[test]
fn every_operation_that_changes_something_is_listed_once() {
    let listed: Vec<&str> = WRITES.iter().map(|(id, _)| *id).chain(EXEMPT.iter().map(|(id, _)| *id)).collect();
    let there: BTreeSet<String> = writing().into_iter().map(|operation| operation.id).collect();
    for id in &there {
        let count = listed.iter().filter(|listed| *listed == id).count();
        assert_eq!(count, 1, "{id}: say in tests/it/audit.rs which entry it writes, or why it writes none");
    }
    for id in listed {
        assert!(there.contains(id), "{id} is no operation that changes something");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_writes_its_entry_and_the_exempt_write_none() {
    let server = TestServer::start().await;
    let set_up = entries(&server).await;
    assert!(set_up.iter().any(|entry| entry.action == Action::InstanceSetUp.as_str()), "complete_setup");
    assert!(set_up.iter().any(|entry| entry.action == Action::AccountCreated.as_str()), "the owner's account");
    for (n, operation) in writing().into_iter().enumerate() {
        let expected = WRITES.iter().find(|(id, _)| *id == operation.id).map(|(_, action)| *action);
        if matches!(operation.id.as_str(), "complete_setup" | "edit_message") {
            // The first was done by the server's start; the scene's message is somebody else's.
            continue;
        }
        let role = if operation.id == "accept_invitation" { "stranger" } else { "owner" };
        let scene = scene(&server, role, n).await;
        prepare(&server, &operation, &scene).await;
        let before: BTreeSet<String> = entries(&server).await.into_iter().map(|entry| entry.id).collect();
        let body = match operation.id.as_str() {
            "replace_overrides" => {
                Some(json!({ "overrides": [{ "target": { "role": "guest" }, "allow": [], "deny": ["send_messages"] }] }))
            }
            "prove_recovery_kit" => {
                let made = scene.actor.post("/admin/keys/recovery-kit", json!({ "form": "words" })).await;
                let words: Vec<&str> = made["words"].as_array().expect("words").iter().filter_map(|word| word.as_str()).collect();
                Some(json!({ "words": words.join(" ") }))
            }
            "reset_password" => {
                let link = server.owner.post(&scene.fill("/users/{user_id}/password-link"), json!(null)).await;
                Some(json!({ "code": link["code"], "password": "a new long password" }))
            }
            _ => None,
        };
        let (status, answer) = match body {
            Some(body) => scene.actor.call(operation.method.clone(), &scene.fill(&operation.path), Some(body)).await,
            None => scene.ask(&operation).await,
        };
        assert!(status.is_success(), "{}: {status} {answer}", operation.id);
        let new: Vec<Entry> = entries(&server).await.into_iter().filter(|entry| !before.contains(&entry.id)).collect();
        let names: Vec<&str> = new.iter().map(|entry| entry.action.as_str()).collect();
        match expected {
            None => assert!(new.is_empty(), "{} is exempt and wrote {names:?}", operation.id),
            Some(action) => {
                let entry = new.iter().find(|entry| entry.action == action.as_str());
                let entry = entry.unwrap_or_else(|| panic!("{} wrote {names:?}, not {action}", operation.id));
                assert!(entry.request.is_some() && entry.target.is_some(), "{}: {entry:?}", operation.id);
                assert_ne!(entry.actor_id(), 0, "{}: {entry:?}", operation.id);
                assert!(entry.sealed.iter().all(|sealed| sealed.data.is_some()), "{}: {entry:?}", operation.id);
            }
        }
    }
    nothing_secret_is_written(&server).await;
}

async fn prepare(server: &TestServer, operation: &Operation, scene: &crate::access::Scene) {
    match operation.id.as_str() {
        "join_channel" => drop(scene.actor.post(&scene.fill("/channels/{channel_id}/leave"), json!(null)).await),
        "revoke_other_sessions" => {
            let login = scene.fill(r#"{"login":"{login}","password":"{password}","transport":"bearer"}"#);
            server.anonymous().post("/auth/login", serde_json::from_str(&login).expect("JSON")).await;
        }
        _ => {}
    }
}

/// Names, addresses and passwords stand nowhere in the open.
async fn nothing_secret_is_written(server: &TestServer) {
    for entry in entries(server).await {
        let body = entry.body().expect("spelled");
        for word in ["127.0.0.1", "Example", "olga", "room1", "Acme", crate::server::PASSWORD] {
            assert!(!body.contains(word), "{word} stands in {body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_sign_ins_are_counted_not_listed() {
    let server = TestServer::start().await;
    let before = entries(&server).await.len();
    for _ in 0..5 {
        let body = json!({ "login": "olga", "password": "not the password" });
        let (status, _) = server.anonymous().call(Method::POST, "/auth/login", Some(body)).await;
        assert_eq!(status.as_u16(), 401);
    }
    let listed = entries(&server).await.into_iter().skip(before);
    assert_eq!(listed.filter(|entry| entry.action.starts_with("session")).count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_list_filter_and_prove() {
    let server = TestServer::start().await;
    let channel = server.channel("plans", &[]).await;
    server.owner.patch(&format!("/channels/{channel}"), json!({ "archived": true })).await;
    let path = format!("/admin/audit?target={channel}&limit=1");
    let page = loop {
        let page = server.owner.get(&path).await;
        if page["items"][0]["action"] == "channel.archive" {
            break page;
        }
        tokio::task::yield_now().await;
    };
    let entry = &page["items"][0];
    assert_eq!((&entry["after"]["archived"], &entry["before"]["archived"]), (&json!(true), &json!(false)));
    assert_eq!(entry["actor"]["user_id"], json!(server.owner.id));
    assert_eq!(entry["sealed"]["address"], "127.0.0.1");
    let next = server.owner.get(&format!("{path}&after={}", page["next"].as_str().expect("more"))).await;
    assert_eq!(next["items"][0]["action"], "channel.created");
    assert_eq!(next["items"][0]["sealed"]["name"], "plans");
    let proof = server.owner.get(&format!("/admin/audit/{}/proof", entry["number"])).await;
    let proof = serde_json::from_value(proof).expect("a proof");
    plexichat_audit::export::check_proof(&proof, None).expect("holds");
    let export = server.owner.request(Method::GET, "/admin/audit/export").send().await.expect("answers");
    assert_eq!(export.headers()["content-type"], "application/x-ndjson");
    let text = export.text().await.expect("a text");
    let report = plexichat_audit::export::verify(text.as_bytes(), None, &[]).expect("reads");
    assert_eq!(report.finding, None);
    assert!(report.entries > proof.number);
    let (status, _) = server.owner.call(Method::GET, "/admin/audit?action=nonsense", None).await;
    assert_eq!(status.as_u16(), 400);
}
