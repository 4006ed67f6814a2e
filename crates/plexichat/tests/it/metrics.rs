//! Metrics end to end: on their own listener, in the words of Prometheus, and nowhere else.

use plexichat_client::new_nonce;
use plexichat_model::message::NewMessage;
use plexichat_testkit::{
    Engine,
    server::{TestServer, Watcher, wait_until},
};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Messages that are sent.
const SENT: usize = 100;

async fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connects");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("asks");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

/// The sum of a series over its labels; 0 when it was never counted.
fn sum(metrics: &str, name: &str) -> f64 {
    let lines = metrics.lines().filter_map(|line| line.strip_prefix(name));
    let values = lines.filter(|rest| rest.starts_with(['{', ' '])).filter_map(|rest| rest.rsplit_once(' '));
    values.map(|(_, value)| value.parse::<f64>().expect("a number")).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_told_on_a_listener_of_their_own() {
    let server = TestServer::start(Engine::Sqlite, 1).await.expect("starts");
    let channel = server.world.channels[0];
    let watcher = Watcher::start(&server.bob, &server.world.channels);
    let ready = async || watcher.look(|seen| seen.channels.contains_key(&channel));
    wait_until("the watcher is there", Duration::from_secs(30), ready).await.expect("in time");
    let sends = (0..SENT).map(|n| {
        let sender = if n % 2 == 0 { server.owner.clone() } else { server.alice.clone() };
        let text = format!("number {n}");
        let message = NewMessage { nonce: new_nonce(), text, thread_id: None, read_up_to: None, confirm_broadcast: false };
        async move { sender.send_message(channel, &message).await.expect("is sent").number }
    });
    let numbers = futures_util::future::join_all(sends).await;
    let newest = numbers.into_iter().max().expect("some were sent");
    let told = async || watcher.look(|seen| seen.channels.get(&channel).is_some_and(|seen| seen.order.contains(&newest)));
    wait_until("the watcher has seen the last one", Duration::from_secs(30), told).await.expect("in time");

    let own = server.node.metrics_address().expect("a listener of their own").to_string();
    let metrics = get(&own, "/metrics").await;
    assert!(metrics.starts_with("HTTP/1.1 200") && metrics.contains("text/plain"), "{metrics}");
    assert!(sum(&metrics, "plexichat_http_requests_total") >= f64::from(u32::try_from(SENT).expect("few")), "{metrics}");
    assert!(sum(&metrics, "plexichat_journal_commit_seconds_count") > 0.0, "{metrics}");
    assert!(sum(&metrics, "plexichat_gateway_sockets") >= 1.0, "{metrics}");
    // One node hears of every version in order: nothing has to be read again.
    assert!(sum(&metrics, "plexichat_hub_gap_reads_total") < 1.0, "{metrics}");

    assert!(get(&own, "/api/v1/setup").await.starts_with("HTTP/1.1 404"));
    let public = server.node.address().trim_start_matches("http://").to_owned();
    let answer = get(&public, "/metrics").await;
    assert!(answer.starts_with("HTTP/1.1 404") && !answer.contains("plexichat_http_requests_total"), "{answer}");
    server.finish().await.expect("nothing went wrong");
}
