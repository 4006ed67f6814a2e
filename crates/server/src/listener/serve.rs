//! The accept loop and the life of one connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use plexichat_kernel::tasks::spawn;
use plexichat_kernel::{Error, Result, Shutdown};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tower::ServiceExt as _;

use super::admission::{Admission, Place};
use super::{Io, Secure, Transport};
use crate::gateway::client_address::Peer;
use crate::options::LiveOptions;

/// Connections the system holds before they are taken.
const BACKLOG: i32 = 1024;
/// Pause after the system refused a connection (no file descriptor left).
const PAUSE: Duration = Duration::from_millis(100);
/// Largest head of a request.
const HEAD_BYTES: usize = 16 * 1024;

/// The place of the connection a request came by, so that a socket of the gateway keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Seat(#[expect(dead_code, reason = "held for its drop")] Arc<Place>);

/// What a listener serves, and how.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) router: Router,
    pub(crate) options: LiveOptions,
    /// TLS in front of it; none: plain HTTP.
    pub(crate) secure: Option<Secure>,
}

/// Takes an address. Fails with what to do about it.
pub(crate) fn bind(address: SocketAddr) -> Result<TcpListener> {
    let open = || -> std::io::Result<TcpListener> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        TcpListener::from_std(socket.into())
    };
    open().map_err(|cause| {
        let text =
            format!("cannot listen on {address}: {cause}; is another program using it? Choose another address in server.bind");
        Error::unavailable(text).with_source(cause)
    })
}

/// Serves until the signal, then lets requests under way end.
pub(crate) async fn serve(listener: TcpListener, front: Front, shutdown: Shutdown) {
    let admission = Admission::new(&front.options.load().bounds);
    let stopping = shutdown.child();
    // Closed when the last connection has ended: each holds a sender.
    let (alive, mut ended) = mpsc::channel::<()>(1);
    while let Some(Some(permit)) = stopping.run_until(admission.wait()).await {
        let (stream, peer) = match stopping.run_until(listener.accept()).await {
            None => break,
            Some(Ok(accepted)) => accepted,
            Some(Err(error)) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let trusted = front.options.load().trusted_proxies.iter().any(|network| network.contains(peer.ip()));
        let Some(place) = admission.admit(permit, peer.ip(), trusted) else {
            metrics::counter!("plexichat_http_connections_refused_total").increment(1);
            continue;
        };
        tune(&stream, front.options.gateway().send_buffer);
        spawn("connection", connection(stream, peer, Seat(Arc::new(place)), front.clone(), stopping.clone(), alive.clone()));
    }
    drop((listener, alive));
    drop(tokio::time::timeout(front.options.timeouts().drain, ended.recv()).await);
}

/// Small answers leave at once; the kernel holds little for who does not read; a dead peer is noticed.
fn tune(stream: &TcpStream, send_buffer: usize) {
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new().with_time(Duration::from_mins(1)).with_interval(Duration::from_secs(20));
    let outcome = stream
        .set_nodelay(true)
        .and_then(|()| socket.set_send_buffer_size(send_buffer))
        .and_then(|()| socket.set_tcp_keepalive(&keepalive));
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection could not be tuned");
    }
    #[cfg(target_os = "linux")]
    drop(socket.set_tcp_user_timeout(Some(Duration::from_mins(1))));
}

async fn connection(stream: TcpStream, peer: SocketAddr, seat: Seat, front: Front, stopping: Shutdown, alive: mpsc::Sender<()>) {
    let Front { router, options, secure } = front;
    let stream = match secure {
        None => Some(Transport::Plain(stream)),
        // Boxed: a connection is as large as its largest moment, and this one is short.
        Some(secure) => stopping.run_until(Box::pin(secure.accept(stream, peer))).await.flatten(),
    };
    let Some(stream) = stream else { return };
    let timeouts = options.timeouts();
    let served = Arc::new(AtomicU64::new(0));
    let io = Io::new(stream, timeouts.write, timeouts.header, Arc::clone(&served));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        served.fetch_add(1, Ordering::AcqRel);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(seat.clone());
        let answer = router.clone().oneshot(request);
        let served = Arc::clone(&served);
        async move {
            let answer = answer.await;
            served.fetch_add(1, Ordering::AcqRel);
            answer
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timeouts.idle)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = stopping.triggered() => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(options.timeouts().drain, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = outcome {
        // Cut connections and malformed requests are everyday; hyper has answered what can be answered.
        tracing::debug!(%error, "a connection ended early");
    }
    drop(alive);
}
