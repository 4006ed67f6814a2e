//! The WebSocket itself: frames in, frames out, never waiting longer than allowed, and a last word.
//!
//! A frame that is too large or no JSON ends the socket with its close code; one that is merely unknown does not. What
//! is written at once goes out with one flush. Not here: what frames mean.

use std::time::Duration;

use axum::body::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use plexichat_model::gateway::{ClientFrame, CloseCode};
use plexichat_model::{ErrorCode, limits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_websockets::{Config, Limits, Message, ServerBuilder, WebSocketStream};

use crate::extract::json;
use crate::listener::Transport;

/// Bytes gathered before they are written.
const FLUSH_BYTES: usize = 16 * 1024;
/// How long a peer may take to answer a close.
const GOODBYE: Duration = Duration::from_secs(1);

/// Why a socket ends.
#[derive(Debug)]
pub(super) enum End {
    /// The peer is gone.
    Gone,
    /// We end it.
    Close(CloseCode),
    /// A frame above the bound; its bytes are still on the way.
    TooLarge,
}

/// What came in.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A frame of the protocol.
    Frame(Box<ClientFrame>),
    /// JSON, but no frame of the protocol; the socket goes on.
    Misfit(plexichat_kernel::Error, Option<u64>),
    /// Ping or pong of the WebSocket layer.
    Control,
}

/// A WebSocket.
#[derive(Debug)]
pub(super) struct Wire {
    socket: WebSocketStream<Transport>,
    patience: Duration,
    /// Whether everything given to it has been written.
    is_clean: bool,
}

impl Wire {
    /// Over a stream whose handshake is done. `patience`: how long a peer may take nothing.
    pub(super) fn new(stream: Transport, patience: Duration) -> Self {
        let limits = Limits::default().max_payload_len(Some(limits::FRAME_BYTES));
        let config = Config::default().flush_threshold(FLUSH_BYTES).frame_size(usize::MAX);
        let socket = ServerBuilder::new().limits(limits).config(config).serve(stream);
        Self { socket, patience, is_clean: true }
    }

    /// The next frame. Cancel safe.
    pub(super) async fn receive(&mut self) -> Result<Incoming, End> {
        let message = match self.socket.next().await {
            Some(Ok(message)) => message,
            Some(Err(tokio_websockets::Error::PayloadTooLong { .. })) => return Err(End::TooLarge),
            // The library has queued the close that RFC 6455 asks for.
            Some(Err(tokio_websockets::Error::Protocol(_))) => return Err(End::Close(CloseCode::Protocol)),
            Some(Err(_)) | None => return Err(End::Gone),
        };
        if message.is_close() {
            return Err(End::Gone);
        }
        if message.is_ping() || message.is_pong() {
            return Ok(Incoming::Control);
        }
        match message.as_text() {
            Some(text) => parse(text),
            None => Err(End::Close(CloseCode::Protocol)),
        }
    }

    /// Writes frames, all in one go. Waits at most the patience.
    pub(super) async fn send(&mut self, frames: impl IntoIterator<Item = Bytes>) -> Result<(), End> {
        self.is_clean = false;
        let (socket, patience) = (&mut self.socket, self.patience);
        let write = async {
            for frame in frames {
                socket.feed(Message::text(frame)).await?;
            }
            socket.flush().await
        };
        match tokio::time::timeout(patience, write).await {
            Ok(Ok(())) => {
                self.is_clean = true;
                Ok(())
            }
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Close(CloseCode::TooSlow)),
        }
    }

    /// Says why, and goes.
    pub(super) async fn close(mut self, end: End) {
        match end {
            End::Gone => {}
            // Whatever is waiting cannot be written; dropping the stream is the word.
            End::Close(CloseCode::TooSlow) if !self.is_clean => {}
            End::Close(code) => drop(tokio::time::timeout(GOODBYE, self.say(code)).await),
            End::TooLarge => drop(tokio::time::timeout(GOODBYE, self.refuse()).await),
        }
    }

    async fn say(&mut self, code: CloseCode) {
        let Ok(number) = tokio_websockets::CloseCode::try_from(code.number()) else { return };
        if self.socket.send(Message::close(Some(number), code.describe())).await.is_err() {
            return;
        }
        // Reading on until the peer answers keeps the kernel from cutting off our last word.
        while let Some(Ok(_)) = self.socket.next().await {}
    }

    /// The library would answer a large frame with 1009; the contract says 4002, after an error frame.
    async fn refuse(self) {
        if !self.is_clean {
            return;
        }
        let code = CloseCode::Protocol;
        let error = plexichat_kernel::Error::of(ErrorCode::FrameTooLarge);
        let text = super::error_frame(&error, None, "");
        let mut bytes = Vec::with_capacity(text.len() + 64);
        head(&mut bytes, 0x81, text.len());
        bytes.extend_from_slice(&text);
        head(&mut bytes, 0x88, 2 + code.describe().len());
        bytes.extend_from_slice(&code.number().to_be_bytes());
        bytes.extend_from_slice(code.describe().as_bytes());
        let mut stream = self.socket.into_inner();
        if stream.write_all(&bytes).await.is_ok() {
            drop(stream.shutdown().await);
            swallow(stream).await;
        }
    }
}

/// Reads what is still on the way, so that the kernel does not answer it with a reset that overtakes our word.
async fn swallow(mut stream: Transport) {
    let mut buffer = [0; 4096];
    while !matches!(stream.read(&mut buffer).await, Ok(0) | Err(_)) {}
}

/// Head of an unmasked frame below 64 KiB.
fn head(bytes: &mut Vec<u8>, opcode: u8, length: usize) {
    bytes.push(opcode);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..=125), _) => bytes.push(short),
        (_, length) => {
            bytes.push(126);
            bytes.extend_from_slice(&length.unwrap_or(u16::MAX).to_be_bytes());
        }
    }
}

fn parse(text: &str) -> Result<Incoming, End> {
    // Keeping track of the path for an error message costs as much again as reading.
    if let Ok(frame) = serde_json::from_str(text) {
        return Ok(Incoming::Frame(Box::new(frame)));
    }
    match json::parse::<ClientFrame>(text.as_bytes()) {
        Ok(frame) => Ok(Incoming::Frame(Box::new(frame))),
        Err(error) => match serde_json::from_str::<serde_json::Value>(text) {
            Ok(value) => {
                let id = value.get("id").and_then(serde_json::Value::as_u64);
                let misfit = plexichat_kernel::Error::new(ErrorCode::FrameInvalid, error.message());
                Ok(Incoming::Misfit(error.field().map_or(misfit.clone(), |field| misfit.with_field(field)), id))
            }
            Err(_) => Err(End::Close(CloseCode::Protocol)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_ends_the_socket_and_what_is_no_frame_does_not() {
        assert!(matches!(parse("nonsense"), Err(End::Close(CloseCode::Protocol))));
        assert!(matches!(parse(r#"{"op":"dance","id":7}"#), Ok(Incoming::Misfit(_, Some(7)))));
        assert!(matches!(parse(r#"{"op":"ping"}"#), Ok(Incoming::Frame(_))));
        assert!(matches!(parse(r#"{"op":"ping","x":1}"#), Ok(Incoming::Misfit(_, None))));
    }
}
