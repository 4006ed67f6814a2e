//! Signed notes: C2SP signed-note, with Ed25519 signatures (type 0x01).
//!
//! A note is text, an empty line, and a line per signature. Not here: what the text says and who else signs it
//! (`checkpoint`).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, VerifyingKey};
use plexichat_kernel::{Error, Result};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Type of Ed25519 signatures.
const ED25519: u8 = 1;
/// Longest note that is read: sixteen signatures of 5 kB each.
const NOTE_BYTES: usize = 128 * 1024;
/// Most signatures that are looked at; a verifier must take 16.
const SIGNATURES: usize = 16;

/// The id of a key: the type and the key are hashed as they stand in a verifier key.
pub(crate) fn key_id(name: &str, typed_key: &[u8]) -> [u8; 4] {
    let hash = Sha256::new().chain_update(name).chain_update(b"\n").chain_update(typed_key).finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// A verifier key as one line: name, id, type and key.
pub(crate) fn key_line(name: &str, typed_key: &[u8]) -> String {
    format!("{name}+{}+{}", hex(&key_id(name, typed_key)), STANDARD.encode(typed_key))
}

/// Reads a verifier key: its name, its type and its key. `None` when it is none, or its id is not its own.
pub(crate) fn parse_key_line(line: &str) -> Option<(&str, Vec<u8>)> {
    let mut parts = line.splitn(3, '+');
    let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
    let typed_key = STANDARD.decode(key).ok()?;
    let is_own = is_name(name) && hex(&key_id(name, &typed_key)) == id;
    is_own.then_some((name, typed_key))
}

/// A signature as a line of a note.
pub(crate) fn signature_line(name: &str, id: [u8; 4], signature: &[u8]) -> String {
    format!("— {name} {}\n", STANDARD.encode([&id, signature].concat()))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| !c.is_whitespace() && c != '+' && !c.is_control())
}

/// A note whose signatures nobody has looked at.
pub(crate) struct Note<'a> {
    /// What is signed, with its last line break.
    pub(crate) text: &'a str,
    signatures: Vec<(&'a str, Vec<u8>)>,
}

impl<'a> Note<'a> {
    /// Takes a note apart.
    pub(crate) fn parse(note: &'a str) -> std::result::Result<Self, &'static str> {
        if note.len() > NOTE_BYTES || note.chars().any(|c| c.is_ascii_control() && c != '\n') {
            return Err("it is too long or has control characters");
        }
        let end = note.rfind("\n\n").ok_or("it has no signature")? + 1;
        let (text, lines) = (&note[..end], &note[end + 1..]);
        let lines = lines.strip_suffix('\n').ok_or("its last line is cut off")?;
        let mut signatures = Vec::new();
        for line in lines.split('\n').take(SIGNATURES) {
            let (name, signature) =
                line.strip_prefix("— ").and_then(|l| l.split_once(' ')).ok_or("a signature is no signature line")?;
            let bytes = STANDARD.decode(signature).map_err(|_| "a signature is not base64")?;
            if bytes.len() < 4 {
                return Err("a signature is too short");
            }
            signatures.push((name, bytes));
        }
        Ok(Self { text, signatures })
    }

    /// Demands that this key has signed. Signatures of others are passed over; all of this key must hold.
    pub(crate) fn demand(&self, name: &str, id: [u8; 4], holds: impl Fn(&[u8]) -> bool) -> std::result::Result<(), &'static str> {
        let mut found = false;
        for (_, bytes) in self.signatures.iter().filter(|(signer, bytes)| *signer == name && bytes.starts_with(&id)) {
            if !holds(&bytes[id.len()..]) {
                return Err("its signature does not hold");
            }
            found = true;
        }
        if found { Ok(()) } else { Err("it is not signed by the key of this log") }
    }
}

/// An Ed25519 key with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    key: VerifyingKey,
}

impl NoteKey {
    /// Of a public key.
    pub fn new(name: &str, public: &[u8]) -> Result<Self> {
        let key = public.try_into().ok().and_then(|bytes: [u8; 32]| VerifyingKey::from_bytes(&bytes).ok());
        match key {
            Some(key) if is_name(name) => Ok(Self { name: name.to_owned(), key }),
            _ => Err(Error::invalid("key", "this is not an Ed25519 key with a name")),
        }
    }

    /// From one line `name+id+key`.
    pub fn parse(line: &str) -> Result<Self> {
        let bad = || Error::invalid("key", "a verifier key is one line: name+id+base64 (C2SP signed-note, Ed25519)");
        let (name, typed_key) = parse_key_line(line.trim()).ok_or_else(bad)?;
        match typed_key.split_first() {
            Some((&ED25519, public)) => Self::new(name, public).map_err(|_| bad()),
            _ => Err(bad()),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn typed(&self) -> Vec<u8> {
        [&[ED25519], self.key.as_bytes().as_slice()].concat()
    }

    /// As one line.
    pub fn line(&self) -> String {
        key_line(&self.name, &self.typed())
    }

    pub(crate) fn id(&self) -> [u8; 4] {
        key_id(&self.name, &self.typed())
    }

    pub(crate) fn to_bytes(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    pub(crate) fn demand(&self, note: &Note<'_>) -> std::result::Result<(), &'static str> {
        note.demand(&self.name, self.id(), |signature| {
            Signature::from_slice(signature)
                .is_ok_and(|signature| self.key.verify_strict(note.text.as_bytes(), &signature).is_ok())
        })
    }

    /// The text of a note that this key has signed.
    pub fn open<'a>(&self, note: &'a str) -> std::result::Result<&'a str, &'static str> {
        let note = Note::parse(note)?;
        self.demand(&note)?;
        Ok(note.text)
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
