//! The root key and its recovery kit.

use crate::{Client, Result, http::Call};
use plexichat_model::keys::{KeysView, NewRecoveryKit, RecoveryKitProof, RecoveryKitView};

impl Client {
    /// The root key and what recovers it (administrators).
    pub async fn get_keys(&self) -> Result<KeysView> {
        self.call(Call::get("/admin/keys")).await
    }

    /// Makes a recovery kit; its words are in this answer alone (administrators).
    pub async fn create_recovery_kit(&self) -> Result<NewRecoveryKit> {
        self.call(Call::post("/admin/keys/recovery-kit")).await
    }

    /// Proves that a recovery kit was kept (administrators).
    pub async fn prove_recovery_kit(&self, proof: &RecoveryKitProof) -> Result<RecoveryKitView> {
        self.call(Call::post("/admin/keys/recovery-kit/proof").json(proof)?).await
    }
}
