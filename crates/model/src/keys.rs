//! What administrators see of the keys that seal what the server stores.
//!
//! The words of a recovery kit appear in exactly one answer and in the request that proves it; neither is shown by
//! `Debug`, kept or logged.

use crate::Timestamp;
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
    /// The recovery kit that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kit: Option<RecoveryKitView>,
    /// A kit that was made and not entered again yet; it takes the place of the other when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_kit: Option<RecoveryKitView>,
}

/// A new recovery kit. The only answer that has its words.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct NewRecoveryKit {
    /// What may be known of it.
    pub kit: RecoveryKitView,
    /// The 24 words in their order; shown once and kept nowhere.
    pub words: Vec<String>,
}

/// `POST /admin/keys/recovery-kit/proof`: the kit, entered again.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryKitProof {
    /// The 24 words, or the texts of shares one after the other.
    pub words: String,
}
