//! The root key and its recovery kit.

use crate::{Client, Result, http::Call};
use plexichat_model::RecoveryKitId;
use plexichat_model::keys::{KeysView, NewRecoveryKit, RecoveryKitOrder, RecoveryKitProof, RecoveryKitView, VaultView};

impl Client {
    /// The root key and what recovers it (administrators).
    pub async fn get_keys(&self) -> Result<KeysView> {
        self.call(Call::get("/admin/keys")).await
    }

    /// What the vault says to the root key at this moment (administrators).
    pub async fn examine_vault(&self) -> Result<VaultView> {
        self.call(Call::get("/admin/keys/vault")).await
    }

    /// Makes a recovery kit; what opens it is in this answer alone (administrators).
    pub async fn create_recovery_kit(&self, order: &RecoveryKitOrder) -> Result<NewRecoveryKit> {
        self.call(Call::post("/admin/keys/recovery-kit").json(order)?).await
    }

    /// Forgets a recovery kit (administrators).
    pub async fn remove_recovery_kit(&self, id: RecoveryKitId) -> Result<()> {
        self.call(Call::delete(format!("/admin/keys/kits/{id}"))).await
    }

    /// Proves that a recovery kit was kept (administrators).
    pub async fn prove_recovery_kit(&self, proof: &RecoveryKitProof) -> Result<RecoveryKitView> {
        self.call(Call::post("/admin/keys/recovery-kit/proof").json(proof)?).await
    }
}
