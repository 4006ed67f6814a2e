//! The data directory belongs to one process at a time.

use plexichat_kernel::{Error, Result};
use plexichat_model::ErrorCode;
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};

/// Name of the lock file in the data directory.
pub const LOCK_FILE: &str = "plexichat.lock";

/// Holds the data directory; the operating system lets go of it however the process ends.
#[derive(Debug)]
pub struct DataDirLock {
    _file: File,
}

impl DataDirLock {
    /// Takes the directory, making it if it is missing. Fails at once when another process has it.
    pub fn take(directory: &Path) -> Result<Self> {
        let explain = |what: &'static str| {
            let place = directory.display().to_string();
            move |error: std::io::Error| {
                let message = format!(
                    "the data directory {place} cannot be {what}: {error}; check data_dir, its owner and its permissions"
                );
                Error::new(ErrorCode::Unavailable, message).with_source(error)
            }
        };
        std::fs::create_dir_all(directory).map_err(explain("made"))?;
        let path = directory.join(LOCK_FILE);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(explain("written to"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // A bound on what somebody else may have written there.
                let _ = (&mut file).take(64).read_to_string(&mut holder);
                return Err(in_use(directory, holder.trim()));
            }
            Err(TryLockError::Error(error)) => return Err(explain("locked")(error)),
        }
        // Who holds it, for the message of whoever comes second.
        let note = |file: &mut File| {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            writeln!(file, "{}", std::process::id())
        };
        note(&mut file).map_err(explain("written to"))?;
        Ok(Self { _file: file })
    }
}

fn in_use(directory: &Path, holder: &str) -> Error {
    let who = if holder.bytes().all(|byte| byte.is_ascii_digit()) && !holder.is_empty() {
        format!("process {holder}")
    } else {
        "another process".to_owned()
    };
    let message = format!(
        "the data directory {} is in use by {who}; stop it first, or give this one another data_dir",
        directory.display()
    );
    Error::new(ErrorCode::Unavailable, message)
}
