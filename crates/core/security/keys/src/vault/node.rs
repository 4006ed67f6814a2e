//! The vault of a node that joined: a key pair of its own, for which the nodes that have the root key seal it.
//!
//! The file holds one seed. An X-Wing identity is made of it, whose private half leaves this machine never, and a *seal key*,
//! which the node hands over once, under its token. What is sealed for the node is an envelope for the identity within a
//! column value under the seal key: the first keeps it secret, the second says that somebody wrote it who knows the seal key.
//! With the envelope alone, whoever can write to the database could make a root key of his own, seal it for the public key, and
//! have the node seal by it what is said from then on.

use super::{
    KeyVault,
    file::{LONGEST, mode_for_others, shown_to_others, write_once},
};
use plexichat_kernel::{Error, Result};
use plexichat_sealing::{Context, Identity, Key, KeyId, Recipient, Row, column, envelope};
use std::{
    fmt::Write as _,
    io::ErrorKind,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// There is one seal key of a node.
const ONLY: KeyId = KeyId::new(1).expect("is positive");
/// Begins the names of seals for nodes.
const NAME: &str = "node:";
/// Bytes of the fingerprint in a name: 160 bits, which nobody meets twice.
const NAMED_BY: usize = 20;
/// Explains the file to whoever finds it.
const HEAD: &str = "# The key of this node of PlexiChat: opens the root key as it was sealed for this machine. Do not copy it to others;\n\
                    # each joins with a token of its own (plexichat keys join).\n";

/// The vault of this node.
pub struct NodeVault {
    path: PathBuf,
    identity: Identity,
    name: String,
}

impl std::fmt::Debug for NodeVault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeVault").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Whether a seal of the root key is that of a node.
pub(crate) fn is_of_node(vault: &str) -> bool {
    vault.starts_with(NAME)
}

/// The name of what is sealed for a node.
pub(crate) fn seal_name(recipient: &Recipient) -> String {
    recipient.fingerprint().0[..NAMED_BY].iter().fold(NAME.to_owned(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}

/// For whom a root key is sealed.
pub(crate) struct NodeSeal {
    pub(crate) recipient: Recipient,
    pub(crate) key: Key,
}

impl NodeSeal {
    /// A root key for this node, bound to its label and to the node.
    pub(crate) fn seal(&self, label: &[u8], root: &Key) -> Result<Vec<u8>> {
        let inner = envelope::seal(&purpose(label), &[&self.recipient], None, root.expose());
        let inner = inner.map_err(|cause| Error::internal(cause.to_string()))?;
        let bound = bound(label, &seal_name(&self.recipient));
        Ok(column::seal(&self.key, ONLY, &context(&bound), &inner))
    }
}

fn purpose(label: &[u8]) -> String {
    format!("node, {}", String::from_utf8_lossy(label))
}

/// Labels have no zero byte.
fn bound(label: &[u8], name: &str) -> Vec<u8> {
    [label, b"\0", name.as_bytes()].concat()
}

fn context(bound: &[u8]) -> Context<'_> {
    Context { table: "root_seals", column: "sealed", row: Row::Bytes(bound) }
}

impl NodeVault {
    /// The vault whose key stands in this file. Errors: `unavailable`, with what to do.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let unreadable = |cause: &std::io::Error| {
            Error::unavailable(format!("the node key {} cannot be read ({cause}). Mend that and start again", path.display()))
        };
        let text = match std::fs::metadata(&path) {
            Ok(file) if file.len() > LONGEST => return Err(refused(&path, "it is too large")),
            Ok(_) => std::fs::read_to_string(&path).map(Zeroizing::new).map_err(|cause| unreadable(&cause))?,
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                let text = format!("the node key {} is missing. {}", path.display(), join_anew());
                return Err(Error::unavailable(text));
            }
            Err(cause) => return Err(unreadable(&cause)),
        };
        if let Some(mode) = mode_for_others(&path).map_err(|cause| unreadable(&cause))? {
            return Err(shown_to_others("node key", &path, mode));
        }
        let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        let line = line.ok_or_else(|| refused(&path, "it holds no key"))?;
        let identity = Identity::from_text(line).map_err(|cause| refused(&path, &cause.to_string()))?;
        Ok(Self::of(path, identity))
    }

    /// The same, with a new key if there is no file yet.
    pub fn open_or_make(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let identity = Identity::random();
        let text = Zeroizing::new(format!("{HEAD}{}\n", *identity.to_text()));
        match write_once(&path, &text) {
            Ok(()) => Ok(Self::of(path, identity)),
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Self::open(path),
            Err(cause) => {
                let text = format!("the node key {} cannot be written ({cause})", path.display());
                Err(Error::unavailable(text))
            }
        }
    }

    fn of(path: PathBuf, identity: Identity) -> Self {
        let name = seal_name(identity.recipient());
        Self { path, identity, name }
    }

    /// Where its key stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What people compare.
    pub fn fingerprint(&self) -> String {
        self.identity.recipient().fingerprint().to_string()
    }

    pub(crate) fn recipient(&self) -> &Recipient {
        self.identity.recipient()
    }

    /// The key under which a seal for this node is known to be the server's own.
    pub(crate) fn seal_key(&self) -> Key {
        self.identity.seed().derive("node seal", &[])
    }
}

fn join_anew() -> &'static str {
    "Join again: `plexichat keys invite-node` on a server that runs, `plexichat keys join` here"
}

fn refused(path: &Path, why: &str) -> Error {
    let path = path.display();
    Error::unavailable(format!("the node key {path} cannot be used: {why}. Remove the file. {}", join_anew()))
}

#[async_trait::async_trait]
impl KeyVault for NodeVault {
    fn name(&self) -> &str {
        &self.name
    }

    fn remedy(&self) -> String {
        join_anew().to_owned()
    }

    async fn prepare(&self) -> Result<()> {
        Err(cannot_seal())
    }

    async fn seal(&self, _label: &[u8], _secret: &[u8]) -> Result<Vec<u8>> {
        Err(cannot_seal())
    }

    async fn open(&self, label: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let wrong = |why: &str| {
            let path = self.path.display();
            Error::unavailable(format!("the node key {path} does not open this database: {why}. {}", join_anew()))
        };
        let bound = bound(label, &self.name);
        let inner = column::open(&self.seal_key(), &context(&bound), sealed);
        let inner = inner.map_err(|_| wrong("what stands there for this node was not sealed by a server that knows it"))?;
        let opened = envelope::open(&purpose(label), &self.identity, None, &inner);
        opened.map(|(root, _)| root).map_err(|_| wrong("what was sealed for this node is damaged"))
    }

    fn can_seal(&self) -> bool {
        false
    }

    fn unknown(&self) -> Option<Error> {
        let path = self.path.display();
        Some(Error::unavailable(format!(
            "the root key is not sealed for the node key {path}: this node has not joined this database, or was removed. {}",
            join_anew()
        )))
    }
}

fn cannot_seal() -> Error {
    Error::unavailable(
        "the vault `node` opens what other nodes sealed for this one and cannot keep a root key of its own; set keys.vault to \
         another vault for this, such as file",
    )
}
