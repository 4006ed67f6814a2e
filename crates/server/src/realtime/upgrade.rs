//! The handshake of the gateway: an upgrade of our own, so that the bare stream serves the socket.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use plexichat_kernel::{Error, tasks};
use plexichat_model::ErrorCode;
use sha1_smol::Sha1;

use super::socket::{self, Visitor};
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::cookie;
use crate::gateway::request_id::RequestInfo;
use crate::listener::{Io, Seat, Transport};

/// RFC 6455, section 1.3.
const MAGIC: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Opens a socket.
#[utoipa::path(
    get, path = "/gateway", operation_id = "gateway", tag = "gateway",
    responses(
        (status = 101, description = "The connection speaks the realtime protocol from here on"),
        (status = "default", description = "Refused", body = plexichat_model::Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn gateway(State(app): State<App>, mut request: Request) -> ApiResult<Response> {
    let accept = accept(request.method(), request.headers())?;
    let full = || Error::overloaded(std::time::Duration::from_secs(5));
    let ticket = app.realtime.registry().admit().ok_or_else(full).map_err(ApiError)?;
    let info = request.extensions().get::<RequestInfo>().cloned();
    let visitor = Visitor {
        cookie: cookie::session(request.headers()).map(str::to_owned),
        request_id: info.as_ref().map_or_else(|| Arc::from(""), |info| Arc::clone(&info.id)),
        address: info.map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |info| info.address),
        ticket,
    };
    let seat = request.extensions().get::<Seat>().cloned();
    let upgrade = hyper::upgrade::on(&mut request);
    let (core, shutdown) = (app.realtime.core(), app.realtime.ending());
    tasks::spawn("socket", async move {
        let _seat = seat;
        let Some(stream) = upgrade.await.ok().and_then(bare) else { return };
        Box::pin(socket::serve(core, stream, visitor, shutdown)).await;
    });
    let headers = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

/// The stream below an upgraded connection. A client may not speak before it has our answer; who does is not
/// served.
fn bare(upgraded: Upgraded) -> Option<Transport> {
    let parts = upgraded.downcast::<TokioIo<Io>>().ok()?;
    parts.read_buf.is_empty().then(|| parts.io.into_inner().into_inner())
}

/// Checks the handshake and answers its key.
fn accept(method: &Method, headers: &HeaderMap) -> Result<HeaderValue, Error> {
    let wrong = |message: &str| Error::new(ErrorCode::Invalid, message);
    let has = |name, word: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(word))
    };
    if *method != Method::GET || !has(header::CONNECTION, "upgrade") || !has(header::UPGRADE, "websocket") {
        return Err(Error::of(ErrorCode::UpgradeRequired));
    }
    if !has(header::SEC_WEBSOCKET_VERSION, "13") {
        return Err(wrong("Sec-WebSocket-Version must be 13"));
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes).unwrap_or_default();
    let engine = base64::engine::general_purpose::STANDARD;
    if engine.decode(key).map_or(0, |bytes| bytes.len()) != 16 {
        return Err(wrong("Sec-WebSocket-Key must be 16 bytes in base64"));
    }
    let mut hash = Sha1::new();
    hash.update(key);
    hash.update(MAGIC);
    let text = engine.encode(hash.digest().bytes());
    HeaderValue::try_from(text).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_the_standard_is_answered() {
        let pairs = [
            (header::CONNECTION, "keep-alive, Upgrade"),
            (header::UPGRADE, "websocket"),
            (header::SEC_WEBSOCKET_VERSION, "13"),
            (header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let mut headers: HeaderMap = pairs.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
        assert_eq!(accept(&Method::GET, &headers).expect("fine"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        headers.insert(header::SEC_WEBSOCKET_KEY, HeaderValue::from_static("short"));
        assert!(accept(&Method::GET, &headers).is_err());
    }
}
