//! Remembered sessions: `~/.config/plexichat/credentials.toml`, readable by its owner alone.
//!
//! A token a server, by its address. The file is replaced as a whole, so a crash leaves the old or the new one.

use super::exit::Failure;
use anyhow::Context as _;
use plexichat_kernel::config::Environment;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

/// Larger files are not ours.
const LONGEST: u64 = 1024 * 1024;

/// The content of the file.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Remembered {
    /// The server that is meant when none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<String>,
    /// Sessions by address.
    #[serde(default)]
    pub(super) servers: BTreeMap<String, Session>,
}

/// A remembered session.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Session {
    /// Who.
    pub(super) handle: String,
    /// The secret.
    pub(super) token: String,
    /// Certificates to trust for this server besides the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ca_file: Option<PathBuf>,
}

/// The file.
#[derive(Debug)]
pub(super) struct Credentials {
    path: PathBuf,
}

impl Credentials {
    /// The file of this person.
    pub(super) fn of(environment: &Environment) -> anyhow::Result<Self> {
        let folder = match (environment.get("XDG_CONFIG_HOME"), environment.get("HOME")) {
            (Some(folder), _) => PathBuf::from(folder),
            (None, Some(home)) => Path::new(home).join(".config"),
            (None, None) => {
                return Err(Failure::usage(
                    "neither HOME nor XDG_CONFIG_HOME is set, so sessions cannot be remembered; use PLEXICHAT_TOKEN",
                ));
            }
        };
        Ok(Self { path: folder.join("plexichat").join("credentials.toml") })
    }

    /// What is remembered; nothing when there is no file.
    pub(super) fn read(&self) -> anyhow::Result<Remembered> {
        let place = || format!("cannot read {}", self.path.display());
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Remembered::default()),
            Err(error) => return Err(error).with_context(place),
        };
        let mut text = String::new();
        file.take(LONGEST).read_to_string(&mut text).with_context(place)?;
        let broken = |_| Failure::usage(format!("{} is damaged; remove it and sign in again", self.path.display()));
        toml::from_str(&text).map_err(broken)
    }

    /// Remembers a session and makes its server the one that is meant.
    pub(super) fn remember(&self, server: &str, session: Session) -> anyhow::Result<()> {
        let mut remembered = self.read()?;
        remembered.default = Some(server.to_owned());
        remembered.servers.insert(server.to_owned(), session);
        self.write(&remembered)
    }

    /// Forgets a session.
    pub(super) fn forget(&self, server: &str) -> anyhow::Result<()> {
        let mut remembered = self.read()?;
        remembered.servers.remove(server);
        if remembered.default.as_deref() == Some(server) {
            remembered.default = remembered.servers.keys().next().cloned();
        }
        self.write(&remembered)
    }

    fn write(&self, remembered: &Remembered) -> anyhow::Result<()> {
        let place = || format!("cannot write {}", self.path.display());
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).with_context(place)?;
        }
        let draft = self.path.with_extension(format!("toml.{}", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft).with_context(place)?;
        let text = toml::to_string(remembered)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(place)?;
        std::fs::rename(&draft, &self.path).with_context(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_remembered_for_their_owner_alone() {
        let folder = std::env::temp_dir().join(format!("plexichat-credentials-{}", std::process::id()));
        let credentials = Credentials { path: folder.join("plexichat").join("credentials.toml") };
        assert!(credentials.read().expect("reads").servers.is_empty());
        let session = |handle: &str| Session { handle: handle.to_owned(), token: "secret".to_owned(), ca_file: None };
        credentials.remember("http://a", session("ada")).expect("writes");
        credentials.remember("http://b", session("bob")).expect("writes");
        assert_eq!(credentials.read().expect("reads").default.as_deref(), Some("http://b"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&credentials.path).expect("is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        credentials.forget("http://b").expect("writes");
        let remembered = credentials.read().expect("reads");
        assert_eq!((remembered.default.as_deref(), remembered.servers.len()), (Some("http://a"), 1));
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
