//! One connection of the gateway: handshake, frames, heartbeat.
//!
//! The socket does nothing by itself: [`Socket::next_frame`] reads, sends the heartbeat and notices silence, so it has
//! to be polled. It knows no state; [`Follower`](crate::Follower) does. Frames and events of a newer server are
//! skipped without losing their version.

use crate::{Client, ClientError, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::{SinkExt as _, StreamExt as _};
use http::{Method, StatusCode, header};
use plexichat_kernel::random;
use plexichat_model::{
    gateway::{ClientFrame, CloseCode, Hello, Ready, ServerFrame},
    sync::Vector,
};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};
use tokio_websockets::{ClientBuilder, Limits, Message, WebSocketStream};

/// A window of `changes` may hold 200 messages of 12,000 characters.
const FRAME_BYTES: usize = 16 * 1024 * 1024;
const HANDSHAKE: Duration = Duration::from_secs(15);

/// A live connection.
pub struct Socket {
    stream: WebSocketStream<reqwest::Upgraded>,
    address: String,
    token: Option<String>,
    hello: Hello,
    heartbeat: Interval,
    heard: Instant,
    events: u64,
    next_id: u64,
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Socket").field("address", &self.address).field("events", &self.events).finish_non_exhaustive()
    }
}

impl Client {
    /// Opens a connection of the gateway and waits for its `hello`. Say [`Socket::identify`] within ten seconds.
    pub async fn gateway(&self) -> Result<Socket> {
        let address = self.address().to_owned();
        let late = |_| ClientError::Unreachable { address: self.address().to_owned(), source: "no answer in time".into() };
        let request = self
            .request(Method::GET, "/gateway")
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .header(header::SEC_WEBSOCKET_KEY, STANDARD.encode(random::bytes::<16>()))
            .send();
        let response = timeout(HANDSHAKE, request).await.map_err(late)?.map_err(|source| self.failed(source))?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(self.refusal_of(response).await);
        }
        let upgraded = timeout(HANDSHAKE, response.upgrade()).await.map_err(late)?.map_err(|source| self.failed(source))?;
        let limits = Limits::default().max_payload_len(Some(FRAME_BYTES));
        let mut stream = ClientBuilder::new().limits(limits).take_over(upgraded);
        let first = timeout(HANDSHAKE, receive(&mut stream, &address)).await.map_err(late)??;
        let Some(ServerFrame::Hello(hello)) = first else {
            return Err(ClientError::Protocol("it did not begin with hello".to_owned()));
        };
        let period = Duration::from_millis(hello.heartbeat_ms.clamp(1_000, 300_000));
        let mut heartbeat = interval_at(Instant::now() + period, period);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Socket { stream, address, token: self.token(), hello, heartbeat, heard: Instant::now(), events: 0, next_id: 1 })
    }
}

impl Socket {
    /// What the server said first.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Says who is there and what is held; answers what the server makes of it.
    pub async fn identify(&mut self, vector: Option<Vector>) -> Result<Ready> {
        let token = self.token.clone();
        self.send(&ClientFrame::Identify { token, vector }).await?;
        let wait = async {
            loop {
                match self.next_frame().await? {
                    ServerFrame::Ready(ready) => return Ok(ready),
                    ServerFrame::Error { problem, .. } => return Err(ClientError::refused(problem)),
                    other => tracing::debug!(?other, "a frame before ready"),
                }
            }
        };
        let late = ClientError::Protocol("no ready in time".to_owned());
        timeout(HANDSHAKE * 2, wait).await.unwrap_or(Err(late))
    }

    /// A fresh id for a command.
    pub fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: &ClientFrame) -> Result<()> {
        let text = serde_json::to_string(frame).map_err(ClientError::Encode)?;
        let address = &self.address;
        self.stream.send(Message::text(text)).await.map_err(|source| broken(address, source))
    }

    /// The next frame of the server, heartbeat answers left out. Safe to cancel.
    pub async fn next_frame(&mut self) -> Result<ServerFrame> {
        loop {
            tokio::select! {
                frame = receive(&mut self.stream, &self.address) => {
                    self.heard = Instant::now();
                    match frame? {
                        None | Some(ServerFrame::Pong {}) => {}
                        Some(frame) => {
                            self.events += u64::from(matches!(frame, ServerFrame::Event(_)));
                            return Ok(frame);
                        }
                    }
                }
                _ = self.heartbeat.tick() => self.beat().await?,
            }
        }
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        // The other side may be gone already; nothing depends on it.
        drop(timeout(Duration::from_secs(2), self.stream.close()).await);
    }

    async fn beat(&mut self) -> Result<()> {
        if self.heard.elapsed() > self.heartbeat.period() * 2 {
            let reason = "the server was silent for two heartbeats".to_owned();
            return Err(ClientError::Closed { code: CloseCode::Timeout.number(), reason });
        }
        self.send(&ClientFrame::Ack { s: self.events }).await?;
        self.send(&ClientFrame::Ping {}).await
    }
}

fn broken(address: &str, source: tokio_websockets::Error) -> ClientError {
    ClientError::Interrupted { address: address.to_owned(), source: source.into() }
}

/// The next frame; `None` for one of a newer server that can be skipped.
async fn receive(stream: &mut WebSocketStream<reqwest::Upgraded>, address: &str) -> Result<Option<ServerFrame>> {
    loop {
        let message = match stream.next().await {
            Some(message) => message.map_err(|source| broken(address, source))?,
            None => return Err(ClientError::Interrupted { address: address.to_owned(), source: "the connection ended".into() }),
        };
        if let Some((code, reason)) = message.as_close() {
            return Err(ClientError::Closed { code: code.into(), reason: reason.to_owned() });
        }
        if let Some(text) = message.as_text() {
            return parse(text);
        }
    }
}

fn parse(text: &str) -> Result<Option<ServerFrame>> {
    if let Ok(frame) = serde_json::from_str(text) {
        return Ok(Some(frame));
    }
    let protocol = |error: serde_json::Error| ClientError::Protocol(error.to_string());
    let mut value: Value = serde_json::from_str(text).map_err(protocol)?;
    match value.get("op").and_then(Value::as_str).unwrap_or_default() {
        "event" => {
            forget_content(&mut value);
            serde_json::from_value(value).map(Some).map_err(protocol)
        }
        "changes" => {
            forget_unknown(&mut value);
            serde_json::from_value(value).map(Some).map_err(protocol)
        }
        "result" => {
            let opened = value.get_mut("changes").and_then(Value::as_array_mut);
            opened.into_iter().flatten().for_each(forget_unknown);
            serde_json::from_value(value).map(Some).map_err(protocol)
        }
        "hello" | "ready" | "badges" | "error" => serde_json::from_value(value).map(Some).map_err(protocol),
        _ => Ok(None),
    }
}

/// Turns the events of an answer that are not understood into `nothing`: their versions count.
fn forget_unknown(changes: &mut Value) {
    let events = changes.get_mut("events").and_then(Value::as_array_mut);
    for event in events.into_iter().flatten() {
        if serde_json::from_value::<plexichat_model::JournalEvent>(event.clone()).is_err() {
            forget_content(event);
        }
    }
}

fn forget_content(event: &mut Value) {
    if let Some(fields) = event.as_object_mut() {
        fields.insert("type".to_owned(), Value::from("nothing"));
        fields.insert("data".to_owned(), Value::Object(serde_json::Map::new()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plexichat_model::Event;

    #[test]
    fn an_event_of_a_newer_server_keeps_its_version() {
        let text = r#"{"op":"event","journal":"channel:7","version":9,"type":"poll_closed","data":{"x":1}}"#;
        let Some(ServerFrame::Event(event)) = parse(text).expect("parses") else { panic!("an event") };
        assert_eq!((event.version, event.event), (9, Event::Nothing {}));
        let text = r#"{"op":"changes","journal":"channel:7","epoch":"e","up_to":9,"more":false,"reset":false,
            "events":[{"journal":"channel:7","version":8,"type":"poll_closed","data":{}},
                      {"journal":"channel:7","version":9,"type":"account_updated","data":{}}]}"#;
        let Some(ServerFrame::Changes { changes, .. }) = parse(text).expect("parses") else { panic!("changes") };
        assert_eq!(changes.events.iter().map(|e| e.event.type_name()).collect::<Vec<_>>(), ["nothing", "account_updated"]);
    }

    #[test]
    fn an_unknown_frame_is_skipped_and_nonsense_is_not() {
        assert!(parse(r#"{"op":"confetti","amount":3}"#).expect("parses").is_none());
        assert!(parse("hello").is_err());
        assert!(parse(r#"{"op":"ready"}"#).is_err());
    }
}
