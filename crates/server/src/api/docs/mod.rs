//! The docs page: the OpenAPI document as plain HTML, rendered once, no script, nothing from elsewhere.
//!
//! It cannot go stale, because it is written from the document the server was built with, and it shows no person's
//! data. Not here: the document itself (`openapi`), and its copy in docs/reference, which codegen writes.

mod page;
mod schema;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use serde_json::Value;

use crate::gateway::security_headers::DOCS;

const STYLE: &str = include_str!("style.css");

/// The document in its two forms.
#[derive(Debug)]
pub(crate) struct Documents {
    json: Bytes,
    html: Bytes,
}

impl Documents {
    pub(crate) fn of(document: &Value) -> Self {
        Self { json: Bytes::from(document.to_string()), html: Bytes::from(page::render(document)) }
    }
}

/// The OpenAPI document.
pub(crate) async fn openapi_json(State(documents): State<Arc<Documents>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], documents.json.clone())
}

/// The page.
pub(crate) async fn page(State(documents): State<Arc<Documents>>) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCS)),
    ];
    (headers, documents.html.clone())
}

/// Its stylesheet.
pub(crate) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"))], STYLE)
}
