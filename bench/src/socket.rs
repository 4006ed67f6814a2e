//! The thinnest gateway client: identify, subscribe, send, count frames.

use crate::target::Target;
use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use plexichat_model::{
    ChannelId,
    gateway::{ClientFrame, Level, Subscription},
    message::NewMessage,
};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, MaybeTlsStream, Message, WebSocketStream};

/// An identified socket.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next: u64,
}

impl Socket {
    /// Connects and identifies; the snapshot is read and dropped.
    pub(crate) async fn connect(target: &Target, token: &str) -> Result<Self> {
        let address = format!("{}/api/v1/gateway", target.base.replace("http://", "ws://"));
        let (stream, _) = ClientBuilder::new().uri(&address)?.connect().await?;
        let mut socket = Self { stream, next: 1 };
        socket.expect("\"hello\"").await?;
        socket.write(&ClientFrame::Identify { token: Some(token.to_owned()), vector: None }).await?;
        socket.expect("\"ready\"").await?;
        Ok(socket)
    }

    /// Takes a channel at level `open`.
    pub(crate) async fn open(&mut self, channels: &[ChannelId]) -> Result<()> {
        let channels = channels.iter().map(|id| Subscription { channel_id: *id, level: Level::Open, after: None }).collect();
        let id = self.id();
        self.write(&ClientFrame::Subscribe { id, channels }).await?;
        self.expect("\"result\"").await
    }

    /// Sends a message and waits for its acknowledgement.
    pub(crate) async fn send(&mut self, channel_id: ChannelId, message: NewMessage) -> Result<()> {
        let id = self.id();
        self.write(&ClientFrame::Send { id, channel_id, message }).await?;
        self.expect("\"result\"").await
    }

    /// The next text frame.
    pub(crate) async fn next(&mut self) -> Result<Message> {
        loop {
            let message = self.stream.next().await.context("the server closed the socket")??;
            if message.is_close() {
                bail!("closed: {:?}", message.as_close());
            }
            if message.is_text() {
                return Ok(message);
            }
        }
    }

    /// Heartbeat.
    pub(crate) async fn ping(&mut self) -> Result<()> {
        self.write(&ClientFrame::Ping {}).await
    }

    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    async fn write(&mut self, frame: &ClientFrame) -> Result<()> {
        Ok(self.stream.send(Message::text(serde_json::to_string(frame)?)).await?)
    }

    /// Reads up to the first frame of this kind; other events in between are dropped.
    async fn expect(&mut self, op: &str) -> Result<()> {
        loop {
            let message = self.next().await?;
            let text = message.as_text().unwrap_or_default();
            let head: String = text.chars().take(40).collect();
            if head.contains("\"error\"") {
                bail!("refused: {text}");
            }
            if head.contains(op) {
                return Ok(());
            }
        }
    }
}

/// Whether a frame is a live `message_created`.
pub(crate) fn is_message(frame: &Message) -> bool {
    frame.as_text().is_some_and(|t| t.contains("\"message_created\""))
}
