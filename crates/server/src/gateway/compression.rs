//! JSON and HTML above a kilobyte travel compressed; assets of the web client are compressed when it is built.

use axum::http::header;
use tower_http::CompressionLevel;
use tower_http::compression::{CompressionLayer, Predicate, predicate::SizeAbove};

/// Answers whether a response is text of ours that is worth it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text;

impl Predicate for Text {
    fn should_compress<B>(&self, response: &axum::http::Response<B>) -> bool
    where
        B: hyper::body::Body,
    {
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        kind.starts_with("application/json") || kind.starts_with("text/html")
    }
}

pub(crate) fn layer() -> CompressionLayer<tower_http::compression::predicate::And<SizeAbove, Text>> {
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(1024).and(Text))
}
