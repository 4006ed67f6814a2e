//! The front door: health, ids, headers, refusals that have one shape, the documents.

use crate::server::{TestServer, options};
use plexichat_kernel::config::Rate;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn is_problem(status: StatusCode, answer: &Value, code: &str) {
    assert_eq!(answer["code"], code, "{status} {answer}");
    assert_eq!(answer["status"], status.as_u16());
    assert!(answer["request_id"].is_string() && answer["detail"].is_string());
}

#[tokio::test]
async fn health_tells_what_is_well() {
    let server = TestServer::start().await;
    let root = format!("http://{}", server.address);
    let live: Value = reqwest::get(format!("{root}/health/live")).await.expect("answers").json().await.expect("JSON");
    assert_eq!(live, json!({ "status": "ok", "checks": [] }));
    let ready: Value = reqwest::get(format!("{root}/health/ready")).await.expect("answers").json().await.expect("JSON");
    assert_eq!(ready["status"], "ok", "{ready}");
    let names: Vec<_> = ready["checks"].as_array().expect("checks").iter().map(|check| check["name"].clone()).collect();
    assert_eq!(json!(names), json!(["database", "schema", "lanes", "node", "workers"]));
}

#[tokio::test]
async fn every_answer_has_an_id_and_strict_headers() {
    let server = TestServer::start().await;
    let response = server.owner.request(Method::GET, "/users/me").header("x-request-id", "mine-1").send().await.expect("answers");
    let headers = response.headers();
    assert_eq!(headers["x-request-id"], "mine-1");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["cache-control"], "no-store");
    assert!(headers["content-security-policy"].to_str().expect("text").contains("frame-ancestors 'none'"));
    assert!(headers.get("access-control-allow-origin").is_none());
    let page = reqwest::get(format!("http://{}/w/1/c/2", server.address)).await.expect("answers");
    assert_eq!(page.status(), 200);
    assert!(page.headers()["content-type"].to_str().expect("text").starts_with("text/html"));
}

#[tokio::test]
async fn refusals_have_one_shape() {
    let server = TestServer::start().await;
    let (status, answer) = server.anonymous().call(Method::GET, "/users/me", None).await;
    is_problem(status, &answer, "unauthenticated");
    let (status, answer) = server.owner.call(Method::GET, "/nowhere", None).await;
    assert_eq!(status, 404);
    is_problem(status, &answer, "not_found");
    let (status, answer) = server.owner.call(Method::DELETE, "/users/me", None).await;
    assert_eq!(status, 405);
    is_problem(status, &answer, "method_not_allowed");
    let (status, answer) = server.owner.call(Method::GET, "/channels/abc", None).await;
    assert_eq!(status, 404);
    is_problem(status, &answer, "not_found");
    let (status, answer) = server.owner.call(Method::GET, "/workspaces?x=1&limit=0", None).await;
    assert!(status.is_success(), "an operation without parameters looks at none: {answer}");
    let path = format!("/workspaces/{}/members?color=red", server.workspace);
    let (status, answer) = server.owner.call(Method::GET, &path, None).await;
    is_problem(status, &answer, "invalid_query");
    let (status, answer) = server.owner.call(Method::POST, "/workspaces", Some(json!({ "name": "x", "colour": 1 }))).await;
    is_problem(status, &answer, "unknown_field");
    assert_eq!(answer["field"], "colour");
    let plain = server.owner.request(Method::POST, "/workspaces").body("{}").send().await.expect("answers");
    assert_eq!(plain.status(), 415);
    is_problem(plain.status(), &plain.json().await.expect("JSON"), "unsupported_media_type");
    let big = json!({ "name": "x", "description": "y".repeat(300_000) });
    let (status, answer) = server.owner.call(Method::POST, "/workspaces", Some(big)).await;
    is_problem(status, &answer, "too_large");
}

#[tokio::test]
async fn cookies_work_only_from_pages_of_this_server() {
    let server = TestServer::start().await;
    let login = json!({ "login": "olga", "password": "correct horse battery staple" });
    let response = server.anonymous().request(Method::POST, "/auth/login").json(&login).send().await.expect("answers");
    assert_eq!(response.status(), 200);
    let cookie = response.headers()["set-cookie"].to_str().expect("text").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
    let body: Value = response.json().await.expect("JSON");
    assert!(body.get("token").is_none());
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    let with = |method, path: &str| server.anonymous().request(method, path).header("cookie", cookie.clone());
    assert_eq!(with(Method::GET, "/users/me").send().await.expect("answers").status(), 200);
    let refused = with(Method::POST, "/auth/logout").send().await.expect("answers");
    assert_eq!(refused.status(), 403);
    is_problem(refused.status(), &refused.json().await.expect("JSON"), "origin_refused");
    let own = format!("http://{}", server.address);
    let done = with(Method::POST, "/auth/logout").header("origin", own).send().await.expect("answers");
    assert_eq!(done.status(), 204);
    assert!(done.headers()["set-cookie"].to_str().expect("text").contains("Max-Age=0"));
    assert_eq!(with(Method::GET, "/users/me").send().await.expect("answers").status(), 401);
}

#[tokio::test]
async fn who_comes_too_often_waits() {
    let mut options = options();
    options.rates.credentials = Rate::per_minute(60, 3);
    options.rates.reads = Rate::per_minute(60, 2);
    let server = TestServer::with(options).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let body = json!({ "login": "nobody", "password": "wrong wrong wrong" });
        let response = server.anonymous().request(Method::POST, "/auth/login").json(&body).send().await.expect("answers");
        assert!(response.headers().contains_key("ratelimit") && response.headers().contains_key("ratelimit-policy"));
        statuses.push(response.status().as_u16());
        if response.status() == 429 {
            assert!(response.headers().contains_key("retry-after"));
            is_problem(StatusCode::TOO_MANY_REQUESTS, &response.json().await.expect("JSON"), "rate_limited");
        }
    }
    assert_eq!(statuses, [401, 401, 401, 429]);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(server.owner.call(Method::GET, "/users/me", None).await.0.as_u16());
    }
    assert_eq!(statuses, [200, 200, 429]);
}

#[tokio::test]
async fn a_head_that_dawdles_is_cut_off() {
    let mut options = options();
    options.timeouts.header = Duration::from_millis(300);
    let server = TestServer::with(options).await;
    let mut stream = tokio::net::TcpStream::connect(server.address).await.expect("connects");
    let mut rest = Vec::new();
    for _ in 0..20 {
        if stream.write_all(b"G").await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let ended = tokio::time::timeout(Duration::from_secs(2), stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the connection is still open");
}

#[tokio::test]
async fn a_repeated_write_is_answered_like_the_first() {
    let server = TestServer::start().await;
    let make = |name: &'static str, key: &'static str| {
        let body = json!({ "kind": "public", "name": name });
        let path = format!("/workspaces/{}/channels", server.workspace);
        server.owner.request(Method::POST, &path).header("idempotency-key", key).json(&body).send()
    };
    let first: Value = make("one", "k1").await.expect("answers").json().await.expect("JSON");
    let again = make("one", "k1").await.expect("answers");
    assert_eq!(again.status(), 201);
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(again.json::<Value>().await.expect("JSON"), first);
    let rename = || {
        let body = json!({ "display_name": "Olga the Second" });
        server.owner.request(Method::PATCH, "/users/me").header("idempotency-key", "k2").json(&body).send()
    };
    let (first, again) = (rename().await.expect("answers"), rename().await.expect("answers"));
    assert_eq!((again.status(), &again.headers()["idempotency-replayed"]), (first.status(), &"true".parse().expect("a value")));
    assert_eq!(first.headers()["etag"], again.headers()["etag"], "the version is part of the answer");
    let other = make("two", "k1").await.expect("answers");
    assert_eq!(other.status(), 409);
    assert_eq!(other.json::<Value>().await.expect("JSON")["code"], "idempotency_key_reused");
}

#[tokio::test]
async fn the_documents_are_served() {
    let server = TestServer::start().await;
    let document = server.anonymous().get("/openapi.json").await;
    assert_eq!(document["openapi"], "3.1.0");
    let page = reqwest::get(format!("http://{}/api/docs", server.address)).await.expect("answers");
    assert!(page.headers()["content-security-policy"].to_str().expect("text").starts_with("default-src 'none'"));
    assert!(page.text().await.expect("text").contains("send_message"));
}

#[tokio::test]
async fn stopping_tells_sockets_where_to_go() {
    let mut options = options();
    options.gateway.drain = Duration::from_secs(30);
    let server = TestServer::with(options).await;
    let (mut socket, _) = server.owner.live().await;
    server.shutdown.trigger();
    let word = socket.until("reconnect").await;
    assert!(word["after_ms"].as_u64().expect("a number") <= 30_000);
    assert_eq!(socket.closed().await, 4005);
    tokio::time::timeout(Duration::from_secs(5), server.served).await.expect("in time").expect("serves");
    assert!(tokio::net::TcpStream::connect(server.address).await.is_err());
}
