//! An entry as it is hashed: version 1, canonical JSON, the bytes that are stored are the bytes of the leaf.
//!
//! Guarantees: one entry has one spelling and so one hash; every other spelling is refused. Not here: writing (`auditor`),
//! what is sealed in it (`keys`). The format for others is docs/reference/audit.md.

use crate::{
    canonical::canonical,
    merkle::{Hash, leaf_hash},
};
use plexichat_kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Version of the format.
pub const VERSION: u8 = 1;

/// Longest body. What is larger is refused where it is written, long before anybody could fill the log with it.
pub const BODY_BYTES: usize = 16 * 1024;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
}

/// Who acted, by what right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// Account, absent when nobody was signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// `session`, `bot`, `system` or `anonymous`.
    pub kind: String,
    /// Role on the instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Session whose token was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Why the server itself acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What was acted on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Kind: `channel`, `account`, …
    pub kind: String,
    /// Id.
    pub id: String,
}

/// Personal fields, sealed under the key of whom they are about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// Account they are about; `0`: nobody who was signed in.
    pub subject: String,
    /// Base64 of nonce and ciphertext; absent when this node could not seal or the subject was erased before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Version of the format.
    pub v: u8,
    /// Id, unique; larger is later, by the clock of the node that wrote it.
    pub id: String,
    /// When, milliseconds since 1970 UTC.
    pub time_ms: i64,
    /// Stable name of what was done.
    pub action: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Who acted.
    pub actor: Actor,
    /// On what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// In which workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// Id of the request in the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// What it was before.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub before: Map<String, Value>,
    /// What it is after.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub after: Map<String, Value>,
    /// Personal fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
}

fn number(text: Option<&String>) -> i64 {
    text.and_then(|id| id.parse().ok()).unwrap_or(0)
}

impl Entry {
    /// The bytes of the leaf.
    pub fn body(&self) -> Result<String> {
        let value = serde_json::to_value(self).map_err(|e| Error::internal(format!("an audit entry is not JSON: {e}")))?;
        let body = canonical(&value).ok_or_else(|| Error::internal("an audit entry has a number that is not a small integer"))?;
        if body.len() > BODY_BYTES {
            return Err(Error::internal(format!("an audit entry of {} has more than {BODY_BYTES} bytes", self.action)));
        }
        Ok(body)
    }

    /// Reads a leaf. Refuses every other spelling of the same: one entry has one hash.
    pub fn parse(body: &str) -> std::result::Result<Self, String> {
        let entry: Self = serde_json::from_str(body).map_err(|e| format!("it is not an entry: {e}"))?;
        if entry.v != VERSION {
            return Err(format!("it is of version {}, this binary reads {VERSION}", entry.v));
        }
        match entry.body() {
            Ok(spelled) if spelled == body => Ok(entry),
            _ => Err("it is not spelled canonically".to_owned()),
        }
    }

    /// Account that acted; 0 if nobody was signed in.
    pub fn actor_id(&self) -> i64 {
        number(self.actor.account.as_ref())
    }

    /// Id of the target; 0 if there is none.
    pub fn target_id(&self) -> i64 {
        number(self.target.as_ref().map(|target| &target.id))
    }

    /// Kind of the target; empty if there is none.
    pub fn target_kind(&self) -> &str {
        self.target.as_ref().map_or("", |target| target.kind.as_str())
    }

    /// Workspace; 0 if there is none.
    pub fn workspace_id(&self) -> i64 {
        number(self.workspace.as_ref())
    }
}

/// Hash of an entry as it is stored.
pub fn hash_of(body: &str) -> Hash {
    leaf_hash(body.as_bytes())
}
