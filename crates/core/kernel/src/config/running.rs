//! What the server of a data directory was started with, for `config check` and `doctor` to compare.
//!
//! The server notes the keys that need a restart in a file of its data directory and keeps that file locked while it
//! lives: an unlocked note is an old one. A key that came from a variable or a flag is left out of the comparison,
//! because whoever checks the file later does not have the server's environment. Of secrets the note holds 16 bits of a
//! salted digest: enough to see that one changed, of no use to whoever guesses.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::handle::ConfigHandle;
use super::load::{Config, Loaded};
use super::problem::Origin;
use crate::random;

/// Name of the note in the data directory.
const FILE_NAME: &str = "running.json";
/// Larger notes are not ours.
const LONGEST: u64 = 256 * 1024;
/// Says itself which server is meant.
const DATA_DIR: &str = "server.data_dir";

/// Held by the server while it lives.
#[derive(Debug)]
pub struct RunningNote {
    _file: File,
}

/// What a running server noted.
#[derive(Debug, Deserialize, Serialize)]
pub struct Running {
    process: u32,
    salt: String,
    keys: BTreeMap<String, Noted>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Noted {
    value: String,
    mark: String,
    fixed: bool,
}

/// A key whose configured value is not the one the server runs with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NeedsRestart {
    /// `section.key`.
    pub path: &'static str,
    /// The value the server runs with, as TOML; secrets are masked.
    pub running: String,
    /// The value that is configured.
    pub configured: String,
}

impl RunningNote {
    /// Notes in `directory` with what this process was started. The caller holds the directory.
    pub fn write(directory: &Path, config: &ConfigHandle) -> std::io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(directory.join(FILE_NAME))?;
        // At most somebody looks for a moment whether it is locked.
        file.lock()?;
        file.set_len(0)?;
        file.write_all(&serde_json::to_vec(&Running::of(config))?)?;
        Ok(Self { _file: file })
    }
}

impl Running {
    fn of(config: &ConfigHandle) -> Self {
        let salt = random::token();
        let current = config.current();
        let shown: BTreeMap<_, _> = current.values().into_iter().collect();
        let noted = |(path, identity): (&'static str, String)| {
            let value = shown.get(path).map(ToString::to_string).unwrap_or_default();
            let noted = Noted { value, mark: mark(&salt, path, &identity), fixed: is_fixed(&config.origin(path)) };
            (path != DATA_DIR).then(|| (path.to_owned(), noted))
        };
        let keys = current.restart_identities().into_iter().filter_map(noted).collect();
        Self { process: std::process::id(), salt, keys }
    }

    /// What the server of `directory` noted; `None` when none runs there.
    pub fn read(directory: &Path) -> std::io::Result<Option<Self>> {
        let file = match File::open(directory.join(FILE_NAME)) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => {}
            Ok(()) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut text = String::new();
        file.take(LONGEST).read_to_string(&mut text)?;
        Ok(Some(serde_json::from_str(&text)?))
    }

    /// The process.
    pub fn process(&self) -> u32 {
        self.process
    }

    /// Keys of a configuration that would take effect if the server were started again now.
    pub fn needs_restart(&self, loaded: &Loaded) -> Vec<NeedsRestart> {
        let config: &Config = &loaded.config;
        let shown: BTreeMap<_, _> = config.values().into_iter().collect();
        let differs = |(path, identity): (&'static str, String)| {
            let noted = self.keys.get(path)?;
            let is_fixed_here = loaded.origins.get(path).is_some_and(is_fixed);
            if noted.fixed || is_fixed_here || noted.mark == mark(&self.salt, path, &identity) {
                return None;
            }
            let configured = shown.get(path).map(ToString::to_string).unwrap_or_default();
            Some(NeedsRestart { path, running: noted.value.clone(), configured })
        };
        config.restart_identities().into_iter().filter_map(differs).collect()
    }
}

/// Whether the file has no say in a key.
fn is_fixed(origin: &Origin) -> bool {
    matches!(origin, Origin::Environment { .. } | Origin::CommandLine)
}

fn mark(salt: &str, path: &str, identity: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    // The length keeps one part from running into the next.
    for part in [salt, path, identity] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex()[..4].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Sources, check};

    fn sources(folder: &Path, text: &str) -> Sources {
        let file = folder.join("chat.toml");
        std::fs::write(&file, text).expect("written");
        Sources::new().with_file(Some(file))
    }

    #[test]
    fn what_a_restart_would_change_is_told_while_the_server_lives() {
        let folder = tempfile::tempdir().expect("a folder");
        let read = || Running::read(folder.path()).expect("reads");
        let started = sources(folder.path(), "[database]\nurl = \"postgres://a@h/d\"\npassword = \"one\"\n")
            .with_override("server.bind", "127.0.0.1:1");
        let config = ConfigHandle::new(started.clone(), check(&started).expect("valid"));
        assert!(read().is_none());
        let note = RunningNote::write(folder.path(), &config).expect("written");
        let text = std::fs::read_to_string(folder.path().join(FILE_NAME)).expect("is there");
        assert!(!text.contains("\"one\""), "{text}");
        let running = read().expect("it lives");
        assert_eq!(running.process(), std::process::id());
        assert!(running.needs_restart(&check(&started).expect("valid")).is_empty());
        // server.bind came by a flag, so the file has no say in it; live keys need no restart.
        let text = "[server]\nbind = \"127.0.0.1:2\"\nbody_limit_bytes = 70000\n\
                    [database]\nurl = \"postgres://a@h/e\"\npassword = \"two\"\n";
        let changed = check(&sources(folder.path(), text)).expect("valid");
        let paths: Vec<_> = running.needs_restart(&changed).into_iter().map(|key| key.path).collect();
        assert_eq!(paths, ["database.url", "database.password"]);
        drop(note);
        assert!(read().is_none(), "an old note is not believed");
    }
}
