//! One line and two metrics per request, by the route's pattern and never by the address typed.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{counter, histogram};

use super::{Guard, request_id::RequestInfo};
use crate::error::Failure;

pub(crate) async fn layer(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let started = guard.clock.monotonic();
    let method = known(request.method());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let info = request.extensions().get::<RequestInfo>().cloned();
    let response = next.run(request).await;
    let took = guard.clock.monotonic().saturating_sub(started);
    let path = path.as_ref().map_or("other", MatchedPath::as_str);
    count(method, path, response.status(), took);
    write(method, path, info.as_ref(), &response, took);
    response
}

/// Methods are few, so that a client cannot invent labels.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn count(method: &'static str, path: &str, status: StatusCode, took: Duration) {
    let path = path.to_owned();
    counter!("plexichat_http_requests_total", "method" => method, "path" => path.clone(), "status" => class(status)).increment(1);
    histogram!("plexichat_http_request_seconds", "method" => method, "path" => path).record(took.as_secs_f64());
}

const fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

fn write(method: &str, path: &str, info: Option<&RequestInfo>, response: &Response, took: Duration) {
    let status = response.status().as_u16();
    let request_id = info.map(|info| &*info.id).unwrap_or_default();
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let failure = response.extensions().get::<Failure>();
    match (failure, response.status().is_server_error()) {
        (Some(failure), true) => {
            tracing::error!(method, path, status, request_id, took_us, error = ?failure.error, "request failed");
        }
        (Some(failure), false) => {
            tracing::info!(method, path, status, request_id, took_us, code = failure.error.code().as_str(), "request refused");
        }
        (None, _) => tracing::debug!(method, path, status, request_id, took_us, "request answered"),
    }
}
