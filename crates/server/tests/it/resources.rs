//! One walk through each resource: the shapes of the contract, versions, pages.

use crate::server::TestServer;
use reqwest::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn messages_from_sending_to_tombstone() {
    let server = TestServer::start().await;
    let base = format!("/channels/{}/messages", server.general);
    let body = json!({ "nonce": "5", "text": "first" });
    let (status, sent) = server.owner.call(Method::POST, &base, Some(body.clone())).await;
    assert_eq!(status, StatusCode::CREATED);
    let (status, again) = server.owner.call(Method::POST, &base, Some(body)).await;
    assert_eq!((status, &again["id"]), (StatusCode::OK, &sent["id"]));
    let (status, answer) = server.owner.call(Method::POST, &base, Some(json!({ "nonce": "5", "text": "other" }))).await;
    assert_eq!((status, &answer["code"]), (StatusCode::CONFLICT, &json!("nonce_reused")));
    let one = format!("{base}/{}", sent["id"].as_str().expect("an id"));
    let edited = server.owner.patch(&one, json!({ "text": "second" })).await;
    assert_eq!(edited["text"], "second");
    let stale = server.owner.request(Method::PATCH, &one).header("if-match", format!("\"{}\"", sent["version"]));
    let stale = stale.json(&json!({ "text": "third" })).send().await.expect("answers");
    assert_eq!(stale.status(), StatusCode::CONFLICT);
    let got = server.owner.request(Method::GET, &one).send().await.expect("answers");
    assert_eq!(got.headers()["etag"], format!("\"{}\"", edited["version"]));
    server.owner.put(&format!("{one}/reactions/%F0%9F%91%8D"), json!({})).await;
    let seen = server.owner.get(&one).await;
    assert_eq!((&seen["reactions"][0]["emoji"], &seen["reactions"][0]["me"]), (&json!("👍"), &json!(true)));
    server.owner.post(&base, json!({ "nonce": "6", "text": "reply", "thread_id": sent["id"] })).await;
    let threads = server.owner.get(&format!("/channels/{}/threads", server.general)).await;
    assert_eq!(threads["items"][0]["reply_count"], 1);
    server.owner.delete(&one).await;
    let gone = server.owner.get(&one).await;
    assert_eq!((&gone["deleted"], &gone["text"]), (&json!(true), &json!("")));
}

#[tokio::test]
async fn pages_follow_each_other() {
    let server = TestServer::start().await;
    for nonce in 1..=7 {
        server.owner.say(server.general, nonce, "text").await;
    }
    let base = format!("/channels/{}/messages", server.general);
    let newest = server.owner.get(&format!("{base}?limit=3")).await;
    assert_eq!((newest["messages"].as_array().map(Vec::len), &newest["more_before"]), (Some(3), &json!(true)));
    let first = newest["messages"][0]["number"].as_i64().expect("a number");
    let older = server.owner.get(&format!("{base}?before={first}&limit=3")).await;
    assert_eq!(older["messages"][2]["number"].as_i64(), Some(first - 1));
    let (status, answer) = server.owner.call(Method::GET, &format!("{base}?before=1&after=2"), None).await;
    assert_eq!((status, &answer["code"]), (StatusCode::BAD_REQUEST, &json!("invalid_query")));
    let (status, _) = server.owner.call(Method::GET, &format!("{base}?limit=201"), None).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn conversations_open_once() {
    let server = TestServer::start().await;
    let bob = server.join("bob", "member").await;
    let body = json!({ "user_ids": [bob.id] });
    let (status, opened) = server.owner.call(Method::POST, "/conversations", Some(body.clone())).await;
    assert_eq!(status, StatusCode::CREATED);
    let (status, again) = server.owner.call(Method::POST, "/conversations", Some(body)).await;
    assert_eq!((status, &again["channel"]["id"]), (StatusCode::OK, &opened["channel"]["id"]));
}

#[tokio::test]
async fn status_is_for_administrators() {
    let server = TestServer::start().await;
    let status = server.owner.get("/system/status").await;
    assert!(status["rss_bytes"].as_u64().expect("a number") > 0);
    assert_eq!(status["workspaces"], 1);
    let names: Vec<_> = status["workers"].as_array().expect("workers").iter().map(|worker| worker["name"].clone()).collect();
    assert!(names.contains(&json!("hub_pump")), "{names:?}");
}

#[tokio::test]
async fn sessions_come_and_go() {
    let server = TestServer::start().await;
    let login =
        json!({ "login": "olga", "password": "correct horse battery staple", "transport": "bearer", "device_name": "phone" });
    let signed = server.anonymous().post("/auth/login", login).await;
    assert!(signed["token"].is_string());
    let sessions = server.owner.get("/auth/sessions").await;
    assert_eq!(sessions["items"].as_array().map(Vec::len), Some(2));
    let other = signed["session"]["id"].as_str().expect("an id");
    server.owner.delete(&format!("/auth/sessions/{other}")).await;
    let phone = crate::server::Actor { token: signed["token"].as_str().expect("a token").to_owned(), ..server.owner.clone() };
    let (status, answer) = phone.call(Method::GET, "/users/me", None).await;
    assert_eq!((status, &answer["code"]), (StatusCode::UNAUTHORIZED, &json!("session_expired")));
}
