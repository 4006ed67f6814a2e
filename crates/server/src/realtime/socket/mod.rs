//! One connection of the gateway: one task, one bounded queue, one flush per batch.
//!
//! The task says `hello`, waits for `identify`, then goes between four things: what the hub queued, the answer
//! of the command under way (one at a time), the peer's next frame, and time (heartbeat, badges). A queue that
//! overflows is emptied and answered by `resync`; a peer that does not drain is closed. Not here: what is
//! delivered to whom (`hub`).

mod budget;
mod catch_up;
pub(crate) mod codec;
mod commands;
mod follows;
pub(crate) mod handle;
mod identify;
mod live;
mod own;
mod subscribe;
mod wire;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use plexichat_kernel::{Caller, Error, Shutdown};
use plexichat_model::gateway::{ClientFrame, CloseCode, Hello, ServerFrame};
use plexichat_model::sync::Vector;
use plexichat_model::{ErrorCode, ErrorKind, limits};

use self::budget::Budget;
use self::live::Live;
use self::wire::{End, Incoming, Wire};
use super::encode::Frame;
use super::registry::Ticket;
use super::{Core, encode};
use crate::error::problem;
use crate::listener::Transport;
use crate::options::GatewayOptions;

/// Longest beginning: reading snapshot and changes.
const BEGIN: Duration = Duration::from_secs(30);

/// What the handshake knew.
#[derive(Debug)]
pub(crate) struct Visitor {
    /// Token of the session cookie.
    pub(crate) cookie: Option<String>,
    /// Id of the handshake's request.
    pub(crate) request_id: Arc<str>,
    /// Where it came from.
    pub(crate) address: IpAddr,
    /// The place of this socket among all of the node.
    #[expect(dead_code, reason = "held for its drop")]
    pub(crate) ticket: Ticket,
}

/// Serves a socket until it ends.
pub(crate) async fn serve(core: Arc<Core>, stream: Transport, visitor: Visitor, shutdown: Shutdown) {
    // A socket keeps what `hello` told it; a changed option is for those that open later.
    let options = core.options.gateway();
    let mut wire = Wire::new(stream, options.slow_reader);
    let end = tokio::select! {
        end = talk(&core, &mut wire, visitor, &options) => end,
        () = shutdown.triggered() => End::Close(CloseCode::GoingAway),
    };
    if let End::Close(code) = end {
        metrics::counter!("plexichat_gateway_closes_total", "code" => code.number().to_string()).increment(1);
    }
    Box::pin(wire.close(end)).await;
}

/// From `hello` to the end; a socket that was told to `resync` identifies again.
async fn talk(core: &Arc<Core>, wire: &mut Wire, visitor: Visitor, options: &GatewayOptions) -> End {
    let hello = encode::frame(&ServerFrame::Hello(hello(core, options)));
    if let Err(end) = wire.send([hello]).await {
        return end;
    }
    let mut budget = Budget::new(options.commands);
    let mut known: Option<Caller> = None;
    loop {
        // Boxed, as everything that an idle socket has behind it: thousands of tasks are this large.
        let begun = match Box::pin(identified((core, options), wire, &visitor, &mut budget, known.take())).await {
            Ok(begun) => begun,
            Err(end) => return end,
        };
        match begun.run(wire, &mut budget).await {
            Ok(caller) => known = Some(caller),
            Err(end) => return end,
        }
    }
}

fn hello(core: &Core, options: &GatewayOptions) -> Hello {
    Hello {
        heartbeat_ms: u64::try_from(options.heartbeat.as_millis()).unwrap_or(u64::MAX),
        cluster_level: core.cluster.level(),
        server_version: env!("CARGO_PKG_VERSION").to_owned(),
        max_frame_bytes: u32::try_from(limits::FRAME_BYTES).unwrap_or(u32::MAX),
        max_open_channels: u32::try_from(limits::OPEN_CHANNELS).unwrap_or(u32::MAX),
        commands_per_minute: options.commands.quota().map_or(u32::MAX, |quota| {
            u32::try_from(Duration::from_mins(1).as_nanos() / quota.interval().as_nanos()).unwrap_or(u32::MAX)
        }),
    }
}

/// Waits for `identify`, finds out who it is, and begins.
async fn identified(
    (core, options): (&Arc<Core>, &GatewayOptions),
    wire: &mut Wire,
    visitor: &Visitor,
    budget: &mut Budget,
    known: Option<Caller>,
) -> Result<Live, End> {
    let asked = tokio::time::timeout(options.identify, identify_frame(core, wire, budget)).await;
    let (token, vector) = asked.unwrap_or(Err(End::Close(CloseCode::Timeout)))?;
    let outcome = tokio::time::timeout(BEGIN, begun((core, options), visitor, known, token, vector)).await;
    match outcome.unwrap_or_else(|_| Err(Error::unavailable("the server did not finish in time"))) {
        Ok((live, frames)) => {
            wire.send(frames).await?;
            Ok(live)
        }
        Err(error) => {
            if error.kind() == ErrorKind::Internal {
                tracing::error!(request_id = &*visitor.request_id, error = ?error, "a socket could not begin");
            }
            wire.send([error_frame(&error, None, &visitor.request_id)]).await?;
            let is_refused = matches!(error.kind(), ErrorKind::Unauthenticated | ErrorKind::Forbidden);
            Err(End::Close(if is_refused { CloseCode::Unauthenticated } else { CloseCode::Internal }))
        }
    }
}

async fn begun(
    (core, options): (&Arc<Core>, &GatewayOptions),
    visitor: &Visitor,
    known: Option<Caller>,
    token: Option<String>,
    vector: Option<Vector>,
) -> Result<(Live, Vec<Frame>), Error> {
    let caller = match (token.as_deref().or(visitor.cookie.as_deref()), known) {
        // After `resync` a program need not show its token again; whether the session still lives is asked below.
        (None, Some(caller)) => caller,
        (token, _) => identify::authenticate(core, token, &visitor.request_id, visitor.address).await?,
    };
    let live = Live::enter(core, caller, options)?;
    let beginning = identify::begin(core, live.caller(), live.handle(), vector).await?;
    let (live, frames) = live.with(beginning);
    // What ended before the positions were read is told by no event any more.
    let handle = live.handle();
    if core.auth().session_is_live(handle.user, handle.session()).await? {
        Ok((live, frames))
    } else {
        Err(Error::of(ErrorCode::SessionExpired))
    }
}

/// The next `identify`; everything else is answered with an error.
async fn identify_frame(core: &Core, wire: &mut Wire, budget: &mut Budget) -> Result<(Option<String>, Option<Vector>), End> {
    loop {
        let incoming = wire.receive().await?;
        if budget.spend(core.clock.monotonic()).is_err() {
            return Err(End::Close(CloseCode::RateLimited));
        }
        let reply = match incoming {
            Incoming::Control => continue,
            Incoming::Misfit(error, id) => error_frame(&error, id, ""),
            Incoming::Frame(frame) => match *frame {
                ClientFrame::Identify { token, vector } => return Ok((token, vector)),
                ClientFrame::Ping {} => encode::frame(&ServerFrame::Pong {}),
                ClientFrame::Ack { .. } | ClientFrame::Typing { .. } => continue,
                other => error_frame(&Error::new(ErrorCode::FrameInvalid, "identify first"), commands::id(&other), ""),
            },
        };
        wire.send([reply]).await?;
    }
}

/// An `error` frame.
fn error_frame(error: &Error, id: Option<u64>, request_id: &str) -> Frame {
    encode::frame(&ServerFrame::Error { id, problem: problem(error, request_id) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size<A, B, C, D, F>(_: impl FnOnce(A, B, C, D) -> F) -> usize {
        size_of::<F>()
    }

    /// Ten thousand sockets wait at once: what only their beginning needs must not be carried along.
    #[test]
    fn a_waiting_socket_is_small() {
        let bytes = size(serve);
        assert!(bytes <= 3_072, "the task of a socket takes {bytes} bytes");
    }
}
