//! Files of a built client on disk, for development.

use std::path::{Path, PathBuf};

use axum::body::Bytes;

use super::{File, tag};

/// Largest file read: nothing of a build comes near.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Files {
    root: PathBuf,
}

impl Files {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(super) fn has_index(&self) -> bool {
        self.root.join("index.html").is_file()
    }

    pub(super) async fn read(&self, name: &str) -> Option<File> {
        let path = self.root.join(name);
        let about = tokio::fs::metadata(&path).await.ok()?;
        if !about.is_file() || about.len() > MOST_BYTES {
            return None;
        }
        let data = tokio::fs::read(&path).await.ok()?;
        let changed = about.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?.as_nanos();
        let mut version = changed.to_be_bytes().to_vec();
        version.extend_from_slice(&about.len().to_be_bytes());
        Some(File { data: Bytes::from(data), etag: tag(&version[4..]) })
    }
}
