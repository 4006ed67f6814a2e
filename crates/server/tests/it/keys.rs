//! The recovery kit, the vault and the certificates as administrators meet them.

use crate::server::TestServer;
use reqwest::Method;
use serde_json::{Value, json};

async fn make(server: &TestServer, order: Value) -> Value {
    server.owner.post("/admin/keys/recovery-kit", order).await
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|text| text.as_str().expect("a text").to_owned()).collect()
}

async fn prove(server: &TestServer, words: &str) -> (u16, Value) {
    let proof = json!({ "words": words });
    let (status, answer) = server.owner.call(Method::POST, "/admin/keys/recovery-kit/proof", Some(proof)).await;
    (status.as_u16(), answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kit_of_shares_is_made_proven_and_removed() {
    let server = TestServer::start().await;
    let made = make(&server, json!({ "form": "shares", "needed": 2, "total": 3 })).await;
    let shares = texts(&made["shares"]);
    assert_eq!((shares.len(), &made["words"], &made["kit"]["needed"]), (3, &json!([]), &json!(2)));
    let (status, answer) = prove(&server, &shares[2]).await;
    assert_eq!((status, &answer["field"]), (400, &json!("words")), "one share is not enough: {answer}");
    let (status, proven) = prove(&server, &format!("# ours\n{}\n{}", shares[2], shares[0])).await;
    assert_eq!((status, &proven["id"]), (200, &made["kit"]["id"]));
    let held = server.owner.get("/admin/keys").await;
    assert_eq!((&held["kit"]["id"], &held["waiting_kit"]), (&made["kit"]["id"], &Value::Null));
    assert_eq!((&held["shred_grace_hours"], &held["shred_needs_approval"]), (&json!(72), &json!(true)));
    let path = format!("/admin/keys/kits/{}", made["kit"]["id"].as_str().expect("an id"));
    let (status, _) = server.owner.call(Method::DELETE, &path, None).await;
    assert_eq!(status.as_u16(), 204);
    let (status, _) = server.owner.call(Method::DELETE, &path, None).await;
    assert_eq!(status.as_u16(), 404, "it is gone");
    assert_eq!(server.owner.get("/admin/keys").await["kit"], Value::Null);
    assert_eq!(server.owner.get("/system/status").await["recovery_kit_proven"], json!(false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kit_that_waits_is_removed_and_the_one_that_counts_stays() {
    let server = TestServer::start().await;
    let first = make(&server, json!({ "form": "words" })).await;
    let (status, _) = prove(&server, &texts(&first["words"]).join(" ")).await;
    assert_eq!(status, 200);
    let second = make(&server, json!({ "form": "words" })).await;
    let path = format!("/admin/keys/kits/{}", second["kit"]["id"].as_str().expect("an id"));
    assert_eq!(server.owner.call(Method::DELETE, &path, None).await.0.as_u16(), 204);
    let held = server.owner.get("/admin/keys").await;
    assert_eq!((&held["kit"]["id"], &held["waiting_kit"]), (&first["kit"]["id"], &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_of_a_kit_that_cannot_be_is_refused_by_its_field() {
    let server = TestServer::start().await;
    let wrong = [
        (json!({ "form": "shares", "needed": 4, "total": 3 }), 400),
        (json!({ "form": "shares", "needed": 1, "total": 3 }), 400),
        (json!({ "form": "shares", "needed": 2, "total": 17 }), 400),
        (json!({ "form": "words", "needed": 2 }), 400),
        (json!({}), 400),
    ];
    for (order, expected) in wrong {
        let (status, answer) = server.owner.call(Method::POST, "/admin/keys/recovery-kit", Some(order.clone())).await;
        assert_eq!(status.as_u16(), expected, "{order}: {answer}");
    }
    assert_eq!(server.owner.get("/admin/keys").await["waiting_kit"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vault_is_asked_anew() {
    let server = TestServer::start().await;
    let vault = server.owner.get("/admin/keys/vault").await;
    assert_eq!(vault, json!({ "opens": true, "parts": [{ "name": "passphrase" }] }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_are_listed_and_their_renewal_is_asked_for() {
    let server = TestServer::start().await;
    let listed = server.owner.get("/admin/certificates").await;
    assert_eq!(listed["mode"], "acme");
    let one = &listed["items"][0];
    assert_eq!((&one["names"][0], &one["failures"]), (&json!("chat.example.org"), &json!(3)));
    assert_eq!((&one["is_in_force"], &one["problem"]), (&json!(false), &json!("the ACME server refused")));
    let (status, _) = server.owner.call(Method::POST, "/admin/certificates/renew", None).await;
    assert_eq!(status.as_u16(), 204);
    let one = server.owner.get("/admin/certificates").await["items"][0].clone();
    assert_eq!(one["failures"], 0);
    assert!(one["renews_at"].as_str().expect("a time") < "2100", "{one}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_acme_server_nothing_is_renewed() {
    let mut options = crate::server::options();
    options.certificate = plexichat_server::CertificateSource::Off;
    let server = TestServer::with(options).await;
    assert_eq!(server.owner.get("/admin/certificates").await, json!({ "mode": "off", "items": [] }));
    let (status, answer) = server.owner.call(Method::POST, "/admin/certificates/renew", None).await;
    assert_eq!(status.as_u16(), 409, "{answer}");
}
