//! Checkpoints (C2SP tlog-checkpoint) as notes that two keys sign: Ed25519, which every C2SP tool checks, and our hybrid
//! of Ed25519 and ML-DSA-65 (`sealing::sign`), which a quantum computer does not forge. Both must hold.
//!
//! The name of a log, its origin, is a hash of both public keys. So whoever remembers one line of a checkpoint, or one
//! verifier key, has pinned both, and a log cannot be signed anew under its name. Not here: the form of notes (`note`),
//! where the seed is kept (`keys`).

use crate::{
    merkle::Hash,
    note::{self, Note, NoteKey, hex},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::Signer as _;
use plexichat_kernel::{Error, Result};
use plexichat_sealing::{Key, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// Type of the hybrid signature: one without an assigned byte, and its name.
const HYBRID: &[u8] = b"\xffplexichat hybrid signature 1";
/// What the hybrid signature is for.
const PURPOSE: &str = "audit checkpoint";
/// In front of what an origin is the hash of.
const ORIGIN: &[u8] = b"plexichat audit log 1\n";
const ED_KEY: usize = 32;

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the log.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Reads the text of a note; further lines are extensions and passed over.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        // One spelling of each number: no sign, no leading zero.
        let number: u64 = size.parse().ok().filter(|number: &u64| number.to_string() == size)?;
        let root = STANDARD.decode(root).ok()?.try_into().ok()?;
        (!origin.is_empty()).then(|| Self { origin: origin.to_owned(), size: number, root })
    }
}

/// Signs checkpoints.
pub struct Signer {
    ed: ed25519_dalek::SigningKey,
    hybrid: SigningKey,
    verifier: Verifier,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.verifier.origin())
    }
}

impl Signer {
    /// From the seed of the log; each key from a seed of its own below it.
    pub fn from_seed(seed: &Key) -> Self {
        let ed = ed25519_dalek::SigningKey::from_bytes(seed.derive("audit note", &[]).expose());
        let hybrid = SigningKey::from_seed(seed.derive("audit checkpoint", &[]));
        let verifier = Verifier::of(ed.verifying_key(), hybrid.verifying_key().clone());
        Self { ed, hybrid, verifier }
    }

    /// What others check its notes with.
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// A signed note over the log of this size.
    pub fn sign(&self, size: u64, root: Hash) -> String {
        let origin = self.verifier.origin();
        let text = Checkpoint { origin: origin.to_owned(), size, root }.text();
        let ed = self.ed.sign(text.as_bytes()).to_bytes();
        let hybrid = self.hybrid.sign(PURPOSE, text.as_bytes());
        let first = note::signature_line(origin, self.verifier.ed.id(), &ed);
        let second = note::signature_line(origin, self.verifier.hybrid_id(), &hybrid);
        format!("{text}\n{first}{second}")
    }
}

/// Checks checkpoints of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    ed: NoteKey,
    hybrid: VerifyingKey,
}

impl Verifier {
    fn of(ed: ed25519_dalek::VerifyingKey, hybrid: VerifyingKey) -> Self {
        let hash = Sha256::new().chain_update(ORIGIN).chain_update(ed.as_bytes()).chain_update(hybrid.as_bytes()).finalize();
        let name = format!("plexichat/{}", hex(&hash));
        Self { ed: NoteKey::new(&name, ed.as_bytes()).expect("a key, and a name without spaces"), hybrid }
    }

    /// From the public keys, one behind the other, as the database has them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let bad = || Error::internal("the public key of the audit log is not an Ed25519 key and a hybrid one");
        let (ed, hybrid) = bytes.split_first_chunk::<ED_KEY>().ok_or_else(bad)?;
        let ed = ed25519_dalek::VerifyingKey::from_bytes(ed).map_err(|_| bad())?;
        Ok(Self::of(ed, VerifyingKey::from_bytes(hybrid).map_err(|_| bad())?))
    }

    /// The public keys, one behind the other.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.ed.to_bytes().as_slice(), self.hybrid.as_bytes()].concat()
    }

    /// Name of the log.
    pub fn origin(&self) -> &str {
        self.ed.name()
    }

    /// The Ed25519 key alone: what C2SP tools need, and enough to recognise the log.
    pub const fn note_key(&self) -> &NoteKey {
        &self.ed
    }

    fn typed_hybrid(&self) -> Vec<u8> {
        [HYBRID, self.hybrid.as_bytes()].concat()
    }

    fn hybrid_id(&self) -> [u8; 4] {
        note::key_id(self.origin(), &self.typed_hybrid())
    }

    /// Both verifier keys, a line each.
    pub fn lines(&self) -> String {
        format!("{}\n{}", self.ed.line(), note::key_line(self.origin(), &self.typed_hybrid()))
    }

    /// Reads [`Verifier::lines`]. Errors: `invalid` unless the name is that of both keys.
    pub fn parse(lines: &str) -> Result<Self> {
        let bad = || Error::invalid("key", "the verifier keys of an audit log are two lines, of one name that is their hash");
        let (first, second) = lines.trim().split_once('\n').ok_or_else(bad)?;
        let ed = NoteKey::parse(first)?;
        let (_, typed_key) = note::parse_key_line(second.trim()).filter(|(name, _)| *name == ed.name()).ok_or_else(bad)?;
        let hybrid = typed_key.strip_prefix(HYBRID).and_then(|key| VerifyingKey::from_bytes(key).ok()).ok_or_else(bad)?;
        let own = Self::of(ed25519_dalek::VerifyingKey::from_bytes(&ed.to_bytes()).map_err(|_| bad())?, hybrid);
        if own.ed == ed { Ok(own) } else { Err(bad()) }
    }

    /// The checkpoint of a note that both keys have signed. Signatures of others are passed over.
    pub fn open(&self, note: &str) -> Result<Checkpoint> {
        let bad = |why: &str| Error::invalid("checkpoint", format!("the checkpoint is not genuine: {why}"));
        let note = Note::parse(note).map_err(bad)?;
        let checkpoint = Checkpoint::parse(note.text).ok_or_else(|| bad("it is not origin, size and root"))?;
        if checkpoint.origin != self.origin() {
            return Err(bad("it is of another log"));
        }
        self.ed.demand(&note).map_err(bad)?;
        let holds = |signature: &[u8]| self.hybrid.verify(PURPOSE, note.text.as_bytes(), signature).is_ok();
        note.demand(self.origin(), self.hybrid_id(), holds).map_err(bad)?;
        Ok(checkpoint)
    }
}

/// A log that somebody trusts, by its name: the hash of its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted(String);

impl Trusted {
    /// From an origin, a verifier key, both verifier keys or a whole checkpoint: the first line is looked at.
    pub fn parse(text: &str) -> Result<Self> {
        let first = text.trim().lines().next().unwrap_or_default().trim();
        let origin = if first.contains('+') { NoteKey::parse(first)?.name().to_owned() } else { first.to_owned() };
        let is_hash = origin.strip_prefix("plexichat/").is_some_and(|hash| hash.len() == 64);
        let bad = || Error::invalid("key", "a log is named by its verifier key, or by its origin: plexichat/ and 64 digits");
        if is_hash { Ok(Self(origin)) } else { Err(bad()) }
    }

    pub(crate) fn is(&self, verifier: &Verifier) -> bool {
        self.0 == verifier.origin()
    }
}

impl From<&Verifier> for Trusted {
    fn from(verifier: &Verifier) -> Self {
        Self(verifier.origin().to_owned())
    }
}
