//! Checkpoints as signed notes: C2SP signed-note and tlog-checkpoint, with Ed25519 signatures (type 0x01).
//!
//! A checkpoint is three lines (origin, size, root in base64), an empty line, and a line per signature. Whoever has the
//! verifier key (`name+id+key`, one line) can check it without us. Not here: where the seed is kept (`key_file`).

use crate::merkle::Hash;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use plexichat_kernel::{Error, Result};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Type of Ed25519 signatures in C2SP signed-note.
const ED25519: u8 = 1;
/// Longest note that is read: sixteen signatures of 5 kB each.
const NOTE_BYTES: usize = 128 * 1024;
/// Most signatures that are looked at; a verifier must take 16.
const SIGNATURES: usize = 16;

fn key_id(name: &str, kind: u8, public: &[u8]) -> [u8; 4] {
    let hash = Sha256::new().chain_update(name).chain_update([b'\n', kind]).chain_update(public).finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| !c.is_whitespace() && c != '+' && !c.is_control())
}

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

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        // One spelling of each number: no sign, no leading zero.
        let number: u64 = size.parse().ok().filter(|number: &u64| number.to_string() == size)?;
        let root = STANDARD.decode(root).ok()?.try_into().ok()?;
        (!origin.is_empty()).then(|| Self { origin: origin.to_owned(), size: number, root })
    }
}

/// Signs checkpoints.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(…)")
    }
}

impl Signer {
    /// From the secret of the log.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self { key: SigningKey::from_bytes(seed) }
    }

    /// The public key.
    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// What others check its notes with.
    pub fn verifier(&self, name: &str) -> Result<Verifier> {
        Verifier::new(name, &self.public_key())
    }

    /// A signed note over this text, which ends in a line break.
    pub fn note(&self, name: &str, text: &str) -> String {
        let mut signed = key_id(name, ED25519, &self.public_key()).to_vec();
        signed.extend(self.key.sign(text.as_bytes()).to_bytes());
        format!("{text}\n— {name} {}\n", STANDARD.encode(signed))
    }
}

/// Checks notes of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    key: VerifyingKey,
}

impl Verifier {
    /// Of a public key.
    pub fn new(name: &str, public: &[u8]) -> Result<Self> {
        let key = public.try_into().ok().and_then(|bytes: [u8; 32]| VerifyingKey::from_bytes(&bytes).ok());
        match key {
            Some(key) if is_name(name) => Ok(Self { name: name.to_owned(), key }),
            _ => Err(Error::internal("the public key of the audit log is not an Ed25519 key with a name")),
        }
    }

    /// From one line `name+id+key`.
    pub fn parse(line: &str) -> Result<Self> {
        let bad = || Error::invalid("key", "a verifier key is one line: name+id+base64 (C2SP signed-note, Ed25519)");
        let mut parts = line.trim().splitn(3, '+');
        let (name, id, key) = (parts.next().ok_or_else(bad)?, parts.next().ok_or_else(bad)?, parts.next().ok_or_else(bad)?);
        let bytes = STANDARD.decode(key).map_err(|_| bad())?;
        let (kind, public) = bytes.split_first().ok_or_else(bad)?;
        let verifier = Self::new(name, public).map_err(|_| bad())?;
        if *kind != ED25519 || hex(&key_id(name, ED25519, public)) != id {
            return Err(bad());
        }
        Ok(verifier)
    }

    /// Name of the key, which is the origin of the log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As one line.
    pub fn line(&self) -> String {
        let public = self.key.to_bytes();
        let mut bytes = vec![ED25519];
        bytes.extend(public);
        format!("{}+{}+{}", self.name, hex(&key_id(&self.name, ED25519, &public)), STANDARD.encode(bytes))
    }

    /// The checkpoint of a note that this key has signed. Signatures of others are passed over.
    pub fn open(&self, note: &str) -> Result<Checkpoint> {
        let bad = |why: &str| Error::invalid("checkpoint", format!("the checkpoint is not genuine: {why}"));
        let text = self.open_text(note).map_err(bad)?;
        let checkpoint = Checkpoint::parse(text).ok_or_else(|| bad("it is not origin, size and root"))?;
        if checkpoint.origin == self.name { Ok(checkpoint) } else { Err(bad("it is of another log")) }
    }

    /// The text of a note that this key has signed.
    pub fn open_text<'a>(&self, note: &'a str) -> std::result::Result<&'a str, &'static str> {
        if note.len() > NOTE_BYTES || note.chars().any(|c| c.is_ascii_control() && c != '\n') {
            return Err("it is too long or has control characters");
        }
        let end = note.rfind("\n\n").ok_or("it has no signature")? + 1;
        let (text, lines) = (&note[..end], &note[end + 1..]);
        let lines = lines.strip_suffix('\n').ok_or("its last line is cut off")?;
        let public = self.key.to_bytes();
        let own = key_id(&self.name, ED25519, &public);
        let mut found = false;
        for line in lines.split('\n').take(SIGNATURES) {
            let (name, signature) =
                line.strip_prefix("— ").and_then(|l| l.split_once(' ')).ok_or("a signature is no signature line")?;
            let bytes = STANDARD.decode(signature).map_err(|_| "a signature is not base64")?;
            let (id, signature) = bytes.split_first_chunk::<4>().ok_or("a signature is too short")?;
            if name == self.name && *id == own {
                let signature = Signature::from_slice(signature).map_err(|_| "its signature has the wrong length")?;
                self.key.verify_strict(text.as_bytes(), &signature).map_err(|_| "its signature does not hold")?;
                found = true;
            }
        }
        if found { Ok(text) } else { Err("it is not signed by the key of this log") }
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
