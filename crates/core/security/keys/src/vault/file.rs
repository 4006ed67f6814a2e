//! A vault in a file: a random key that its owner alone can read.
//!
//! One line of text, so that it can be copied by hand and kept by whatever keeps secrets. Made once, together with the
//! first root key, and written in full before it is used.

use super::{KeyVault, out_of_reach};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use plexichat_kernel::{Error, Result};
use plexichat_sealing::{Context, Key, KeyId, Row, column};
use std::{
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// There is one key in a vault.
const VAULT: KeyId = KeyId::new(1).expect("is positive");
/// Begins the line of the key.
const PREFIX: &str = "plexichat-vault-1 ";
/// Explains the file to whoever finds it.
const HEAD: &str =
    "# Opens everything that this PlexiChat server has stored. Keep a copy of it, apart from copies of the data.\n";
/// A file beyond this is none of ours.
pub(super) const LONGEST: u64 = 4_096;

/// A vault in a file.
#[derive(Clone, Debug)]
pub struct FileVault {
    path: PathBuf,
    /// One of several: that it is missing may pass.
    is_member: bool,
    /// Where the key of a node stands if this machine has joined.
    node_key: Option<PathBuf>,
}

impl FileVault {
    /// A vault in this file, which need not exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), is_member: false, node_key: None }
    }

    /// The same as one of several vaults, on something that may not be mounted now.
    #[must_use]
    pub fn into_member(mut self) -> Self {
        self.is_member = true;
        self
    }

    /// The same, to say so when it is missing on a machine that has the key of a node.
    #[must_use]
    pub fn or_node(mut self, node_key: PathBuf) -> Self {
        self.node_key = Some(node_key);
        self
    }

    fn shown(&self) -> String {
        self.path.display().to_string()
    }

    fn read(&self) -> Result<Option<Key>> {
        let text = match std::fs::metadata(&self.path) {
            Ok(file) if file.len() > LONGEST => return Err(self.refused("it is too large for a key file")),
            Ok(_) => std::fs::read_to_string(&self.path).map(Zeroizing::new).map_err(|cause| self.unreadable(&cause))?,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(self.unreadable(&cause)),
        };
        self.refuse_shared()?;
        let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        let encoded = line.and_then(|line| line.strip_prefix(PREFIX)).ok_or_else(|| self.refused("it holds no key"))?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded.trim()).map(Zeroizing::new).map_err(|_| self.refused("its key is damaged"))?;
        Key::try_from(bytes.as_slice()).map(Some).map_err(|_| self.refused("its key is damaged"))
    }

    fn needed(&self) -> Result<Key> {
        self.read()?.ok_or_else(|| self.absent(&format!("the key file {} is missing. {}", self.shown(), self.remedy())))
    }

    fn refused(&self, why: &str) -> Error {
        Error::unavailable(format!("the key file {} cannot be used: {why}. {}", self.shown(), self.remedy()))
    }

    fn absent(&self, text: &str) -> Error {
        if self.is_member { out_of_reach(text) } else { Error::unavailable(text) }
    }

    fn unreadable(&self, cause: &std::io::Error) -> Error {
        self.absent(&format!("the key file {} cannot be read ({cause}). {}", self.shown(), self.remedy()))
    }

    fn refuse_shared(&self) -> Result<()> {
        match mode_for_others(&self.path).map_err(|cause| self.unreadable(&cause))? {
            None => Ok(()),
            Some(mode) => Err(shown_to_others("key file", &self.path, mode)),
        }
    }

    fn write(&self, key: &Key) -> std::io::Result<()> {
        let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(key.expose()));
        let text = Zeroizing::new(format!("{HEAD}{PREFIX}{}\n", *encoded));
        // Where something should be mounted and is not, a folder made here would hide it.
        if self.is_member { write_in(folder_of(&self.path), &self.path, &text) } else { write_once(&self.path, &text) }
    }
}

/// The mode of a file that others than its owner can use; `None`: nobody else can, or the system has no such modes.
#[cfg(unix)]
pub(super) fn mode_for_others(path: &Path) -> std::io::Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path)?.permissions().mode();
    Ok((mode & 0o077 != 0).then_some(mode & 0o777))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "only Unix has such modes")]
pub(super) fn mode_for_others(_: &Path) -> std::io::Result<Option<u32>> {
    Ok(None)
}

pub(super) fn shown_to_others(what: &str, path: &Path, mode: u32) -> Error {
    let path = path.display();
    Error::unavailable(format!("the {what} {path} can be read by others (mode {mode:o}); run: chmod 600 {path}"))
}

/// Writes a file of secrets in full, readable by its owner alone, in a folder that is made if it is missing. Errors:
/// `AlreadyExists` when it is there.
pub(super) fn write_once(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = folder_of(path);
    create_folder(folder)?;
    write_in(folder, path, text)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn write_in(folder: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = private().create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    sync_folder(folder)
}

#[cfg(unix)]
fn create_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(unix)]
fn private() -> std::fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn private() -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    options
}

/// The name of a new file is durable only with its folder.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "folders cannot be synced here")]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// The label stands in the context; the id says nothing.
fn context(label: &[u8]) -> Context<'_> {
    Context { table: "vault", column: "root", row: Row::Bytes(label) }
}

#[async_trait::async_trait]
impl KeyVault for FileVault {
    fn name(&self) -> &'static str {
        "file"
    }

    fn remedy(&self) -> String {
        if let Some(node_key) = self.node_key.as_ref().filter(|key| key.exists() && !self.path.exists()) {
            return format!("This machine has a node key, {}: if it has joined, set keys.vault to node", node_key.display());
        }
        format!("Put your copy of it at {}, readable by its owner alone, or set keys.file to where it is", self.shown())
    }

    async fn prepare(&self) -> Result<()> {
        if self.read()?.is_some() {
            return Ok(());
        }
        match self.write(&Key::random()) {
            Ok(()) => Ok(()),
            // Made by another process meanwhile.
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => self.needed().map(|_| ()),
            Err(cause) => Err(self.absent(&format!("the key file {} cannot be written ({cause})", self.shown()))),
        }
    }

    async fn seal(&self, label: &[u8], secret: &[u8]) -> Result<Vec<u8>> {
        Ok(column::seal(&self.needed()?, VAULT, &context(label), secret))
    }

    async fn open(&self, label: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let opened = column::open(&self.needed()?, &context(label), sealed);
        opened.map_err(|_| self.refused("it belongs to another database"))
    }
}
