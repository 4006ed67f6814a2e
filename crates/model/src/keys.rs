//! What administrators see of the keys that seal what the server stores.
//!
//! What opens a recovery kit appears in exactly one answer and in the request that proves it; neither is shown by
//! `Debug`, kept or logged.

use crate::{RecoveryKitId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// In which form people keep a recovery kit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KitForm {
    /// 24 words.
    Words,
    /// Shares, some of which open it.
    Shares,
}

/// A recovery kit, as far as the server knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecoveryKitView {
    /// Id.
    pub id: RecoveryKitId,
    /// Its form.
    pub form: KitForm,
    /// How many shares open it; 1 for words.
    pub needed: u8,
    /// How many shares there are; 1 for words.
    pub total: u8,
    /// What stands on its sheet, to tell it from others.
    pub fingerprint: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last entered again and opened the root key; absent: never, and it does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven_at: Option<Timestamp>,
}

/// `GET /admin/keys`: the root key and what recovers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeysView {
    /// Version of the root key; it rises with each rotation.
    pub root_version: i32,
    /// Vault that opened it.
    pub vault: String,
    /// How long after it was asked for keys are destroyed, hours (`keys.shred_grace_hours`).
    pub shred_grace_hours: u32,
    /// Whether a second administrator has to approve that (`keys.shred_needs_approval`).
    pub shred_needs_approval: bool,
    /// The recovery kit that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kit: Option<RecoveryKitView>,
    /// A kit that was made and not entered again yet; it takes the place of the other when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_kit: Option<RecoveryKitView>,
}

/// A part of the vault that keeps the root key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VaultPartView {
    /// Its name.
    pub name: String,
    /// What is wrong with it; absent: it opens what it has of the root key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// `GET /admin/keys/vault`: what the vault says now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VaultView {
    /// Whether it opens the root key at this moment.
    pub opens: bool,
    /// Its parts; a vault of one piece is its own only part.
    pub parts: Vec<VaultPartView>,
}

/// `POST /admin/keys/recovery-kit`: in which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "form", rename_all = "snake_case", deny_unknown_fields)]
pub enum RecoveryKitOrder {
    /// 24 words.
    Words {},
    /// Shares for several people.
    Shares {
        /// How many open it, 2 to `total`.
        #[schema(minimum = 2, maximum = 16)]
        needed: u8,
        /// How many there are, 2 to 16.
        #[schema(minimum = 2, maximum = 16)]
        total: u8,
    },
}

/// A new recovery kit. The only answer that has what opens it.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct NewRecoveryKit {
    /// What may be known of it.
    pub kit: RecoveryKitView,
    /// The 24 words in their order, or none for shares; shown once and kept nowhere.
    pub words: Vec<String>,
    /// The texts of the shares by their numbers, or none for words; shown once and kept nowhere.
    pub shares: Vec<String>,
}

/// `POST /admin/keys/recovery-kit/proof`: the kit, entered again.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryKitProof {
    /// The 24 words, or the texts of shares one after the other.
    pub words: String,
}
