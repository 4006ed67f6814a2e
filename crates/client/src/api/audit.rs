//! The audit log.

use crate::{Client, Result, http::Call};
use plexichat_model::{
    UserId,
    audit::{AuditCheckpointView, AuditEntryView, AuditProofView},
    page::AuditPage,
};
use reqwest::Method;

/// Which entries; all if empty.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// Only what this account did.
    pub actor: Option<UserId>,
    /// Only this action.
    pub action: Option<String>,
    /// Only what was done to the thing with this id.
    pub target: Option<i64>,
    /// Not before, milliseconds UTC.
    pub from_ms: Option<i64>,
    /// Before, milliseconds UTC.
    pub until_ms: Option<i64>,
    /// `next` of the page before.
    pub after: Option<String>,
    /// Most items.
    pub limit: Option<usize>,
}

impl AuditQuery {
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("actor", self.actor.map(|id| id.to_string())),
            ("action", self.action.clone()),
            ("target", self.target.map(|id| id.to_string())),
            ("from_ms", self.from_ms.map(|ms| ms.to_string())),
            ("until_ms", self.until_ms.map(|ms| ms.to_string())),
            ("after", self.after.clone()),
            ("limit", self.limit.map(|limit| limit.to_string())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

impl Client {
    /// Entries of the audit log, newest first (administrators).
    pub async fn list_audit_entries(&self, query: &AuditQuery) -> Result<AuditPage> {
        self.call(Call::get("/admin/audit").query(query.pairs())).await
    }

    /// One entry of the audit log (administrators).
    pub async fn get_audit_entry(&self, number: u64) -> Result<AuditEntryView> {
        self.call(Call::get(format!("/admin/audit/{number}"))).await
    }

    /// The newest signed checkpoint, with the proof that it continues that of `since` entries (administrators).
    pub async fn get_audit_checkpoint(&self, since: Option<u64>) -> Result<AuditCheckpointView> {
        let query = since.map(|since| ("since", since.to_string())).into_iter().collect();
        self.call(Call::get("/admin/audit/checkpoint").query(query)).await
    }

    /// The proof that an entry is in the audit log (administrators).
    pub async fn prove_audit_entry(&self, number: u64) -> Result<AuditProofView> {
        self.call(Call::get(format!("/admin/audit/{number}/proof"))).await
    }

    /// Makes what the audit log holds about a person unreadable for ever (administrators).
    pub async fn erase_audit_subject(&self, user_id: UserId) -> Result<()> {
        self.order(Call::delete(format!("/admin/audit/subjects/{user_id}"))).await
    }

    /// The whole audit log, piece by piece as it arrives; an error of `sink` ends it (administrators).
    pub async fn export_audit_log<E>(
        &self,
        mut sink: impl FnMut(&[u8]) -> std::result::Result<(), E>,
    ) -> Result<std::result::Result<(), E>> {
        let request = self.request(Method::GET, "/admin/audit/export");
        let mut response = request.send().await.map_err(|source| self.failed(source))?;
        if !response.status().is_success() {
            return Err(self.refusal_of(response).await);
        }
        while let Some(piece) = response.chunk().await.map_err(|source| self.failed(source))? {
            if let Err(error) = sink(&piece) {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }
}
