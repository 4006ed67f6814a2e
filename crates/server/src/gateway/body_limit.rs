//! Bodies are bounded in size and must keep arriving.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use plexichat_kernel::Error;
use plexichat_model::ErrorCode;
use tokio::time::{Instant, Sleep, sleep};

use super::Guard;
use crate::error::ApiError;

pub(crate) async fn layer(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let (most, pause) = (guard.options.load().bounds.body_bytes, guard.options.timeouts().body_progress);
    if announced.is_some_and(|length| length > most as u64) {
        return ApiError(too_large(most)).into_response();
    }
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    next.run(request.map(|body| Body::new(Bounded::new(body, most, pause)))).await
}

/// The error of a body above the bound.
fn too_large(most: usize) -> Error {
    Error::too_large("body", format!("the body is larger than {most} bytes"))
}

/// A body that fails above the bound and when it stops arriving.
struct Bounded {
    body: Body,
    most: usize,
    left: usize,
    pause: Duration,
    timer: Pin<Box<Sleep>>,
}

impl Bounded {
    fn new(body: Body, most: usize, pause: Duration) -> Self {
        Self { body, most, left: most, pause, timer: Box::pin(sleep(pause)) }
    }
}

impl HttpBody for Bounded {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
            ready!(self.timer.as_mut().poll(cx));
            return Poll::Ready(Some(Err(Error::new(ErrorCode::Invalid, "the body did not arrive in time"))));
        };
        let Some(frame) = frame else { return Poll::Ready(None) };
        let frame = frame.map_err(|cause| Error::new(ErrorCode::Invalid, "the body could not be read").with_source(cause))?;
        let length = frame.data_ref().map_or(0, Bytes::len);
        let Some(left) = self.left.checked_sub(length) else { return Poll::Ready(Some(Err(too_large(self.most)))) };
        self.left = left;
        let next = Instant::now() + self.pause;
        self.timer.as_mut().reset(next);
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
