//! Files of the built client inside the binary.

use std::borrow::Cow;
use std::path::Path;

use axum::body::Bytes;
use rust_embed::RustEmbed;

use super::{File, tag};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Dist;

#[derive(Debug)]
pub(super) struct Files;

impl Files {
    pub(super) fn new(_: &Path) -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "the other kind of files has a place")]
    pub(super) fn has_index(&self) -> bool {
        Dist::get("index.html").is_some()
    }

    #[expect(clippy::unused_async, reason = "the other kind of files waits for the disk")]
    pub(super) async fn read(&self, name: &str) -> Option<File> {
        let file = Dist::get(name)?;
        let etag = tag(&file.metadata.sha256_hash());
        let data = match file.data {
            Cow::Borrowed(data) => Bytes::from_static(data),
            Cow::Owned(data) => Bytes::from(data),
        };
        Some(File { data, etag })
    }
}
