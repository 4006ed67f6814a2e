//! How far this node has seen the log, in a file of its data directory: out of reach of who cuts the database.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Name of the file that remembers the newest checkpoint this node has seen.
pub const MARK_FILE: &str = "audit.mark";

/// Remembers the newest checkpoint that this node has seen.
#[derive(Clone, Debug)]
pub struct Mark {
    path: PathBuf,
}

impl Mark {
    /// Of a data directory.
    pub fn of(data_dir: &Path) -> Self {
        Self { path: data_dir.join(MARK_FILE) }
    }

    /// The note that is remembered.
    pub fn load(&self) -> Option<String> {
        fs::read_to_string(&self.path).ok()
    }

    /// Remembers a note. Not waited for on the disk: after a power loss it may be older, never torn.
    pub fn save(&self, note: &str) -> std::io::Result<()> {
        let next = self.path.with_extension("mark.new");
        fs::write(&next, note)?;
        fs::rename(&next, &self.path)
    }
}
