//! What the audit log says of a node that joined.

use plexichat_audit::{Action, Auditor};
use plexichat_kernel::{Caller, Result};
use plexichat_keys::nodes::{JoinRecord, Joined, Note};
use std::sync::Arc;

/// Records nodes that join.
pub(super) struct JoinEntries {
    pub(super) auditor: Auditor,
}

#[async_trait::async_trait]
impl JoinRecord for JoinEntries {
    async fn note(&self, joined: &Joined) -> Result<Note> {
        let caller = Caller::system("a node joined with a one-time token");
        let record = self.auditor.record(&caller, Action::NodeJoined).await?.on("key_node", joined.id);
        let record =
            record.with("fingerprint", joined.fingerprint.clone()).with("invitation_id", joined.invitation_id.to_string());
        let record = record.with("invited_by", joined.invited_by.to_string());
        let record = Arc::new(record);
        Ok(Arc::new(move |tx| {
            let record = Arc::clone(&record);
            Box::pin(async move { record.write(tx).await })
        }))
    }
}
