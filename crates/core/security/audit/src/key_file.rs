//! Files of the log in the data directory: the secret, and how far this node has seen the log.

use plexichat_kernel::{Error, Result, random};
use std::{
    fs,
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Name of the file of the secret.
pub const KEY_FILE: &str = "audit.key";
/// Name of the file that remembers the newest checkpoint this node has seen.
pub const MARK_FILE: &str = "audit.mark";

/// The secret of the log.
pub type Seed = Zeroizing<[u8; 32]>;

fn unusable(path: &Path, why: &str) -> Error {
    let path = path.display();
    Error::unavailable(format!("the secret of the audit log, {path}, {why}; restore it from a backup of the data directory"))
}

/// Reads the secret of a data directory; `None` when there is none.
pub fn load_seed(data_dir: &Path) -> Result<Option<Seed>> {
    let path = data_dir.join(KEY_FILE);
    let text = match fs::read(&path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unusable(&path, "cannot be read").with_source(e)),
    };
    let text = text.trim_ascii();
    if text.len() != 64 {
        return Err(unusable(&path, "is not 64 hexadecimal digits"));
    }
    let mut seed = Zeroizing::new([0; 32]);
    for (byte, pair) in seed.iter_mut().zip(text.chunks(2)) {
        let digits = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
        *byte = digits.ok_or_else(|| unusable(&path, "is not 64 hexadecimal digits"))?;
    }
    Ok(Some(seed))
}

/// Makes the secret of a data directory, readable by its owner alone; reads it when another process was faster.
pub fn make_seed(data_dir: &Path) -> Result<Seed> {
    let path = data_dir.join(KEY_FILE);
    let failed = |e| unusable(&path, "cannot be written").with_source(e);
    let seed: Seed = Zeroizing::new(random::bytes());
    // Whole or not at all: written beside, then linked under the name, which fails if it is taken.
    let fresh = data_dir.join(format!("{KEY_FILE}.{}", random::token()));
    let text = Zeroizing::new(format!("{}\n", crate::note::hex(&*seed)));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&fresh).and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    let linked = written.and_then(|()| fs::hard_link(&fresh, &path));
    let _ = fs::remove_file(&fresh);
    match linked {
        Ok(()) => {
            fs::File::open(data_dir).and_then(|directory| directory.sync_all()).map_err(failed)?;
            Ok(seed)
        }
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            load_seed(data_dir)?.ok_or_else(|| unusable(&path, "vanished while it was read"))
        }
        Err(e) => Err(failed(e)),
    }
}

/// Remembers the newest checkpoint that this node has seen, in its data directory: out of reach of who cuts the database.
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
