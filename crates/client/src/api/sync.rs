//! Snapshot and changes: how a program becomes and stays equal to the server over REST.

use crate::{Client, Result, http::Call};
use plexichat_model::{
    ChannelId, JournalKey, JournalKind, WorkspaceId,
    sync::{Changes, ChannelStates, Snapshot},
};

impl Client {
    /// Everything needed to start, of one moment.
    pub async fn get_snapshot(&self) -> Result<Snapshot> {
        self.call(Call::get("/sync")).await
    }

    /// Joined channels beyond those of the snapshot, in id order.
    pub async fn list_channel_states(&self, after: Option<ChannelId>, limit: Option<usize>) -> Result<ChannelStates> {
        let mut pairs = Vec::new();
        pairs.extend(after.map(|after| ("after", after.to_string())));
        pairs.extend(limit.map(|limit| ("limit", limit.to_string())));
        self.call(Call::get("/sync/channels").query(pairs)).await
    }

    /// What changed in the instance journal after a position.
    pub async fn get_instance_changes(&self, after: i64, epoch: &str) -> Result<Changes> {
        self.changes("/instance/changes".to_owned(), after, epoch).await
    }

    /// What changed in a workspace's journal after a position.
    pub async fn get_workspace_changes(&self, workspace_id: WorkspaceId, after: i64, epoch: &str) -> Result<Changes> {
        self.changes(format!("/workspaces/{workspace_id}/changes"), after, epoch).await
    }

    /// What changed in a channel's journal after a position.
    pub async fn get_channel_changes(&self, channel_id: ChannelId, after: i64, epoch: &str) -> Result<Changes> {
        self.changes(format!("/channels/{channel_id}/changes"), after, epoch).await
    }

    /// What changed in the caller's own journal after a position.
    pub async fn get_user_changes(&self, after: i64, epoch: &str) -> Result<Changes> {
        self.changes("/users/me/changes".to_owned(), after, epoch).await
    }

    /// What changed in any journal the caller follows.
    pub async fn get_changes(&self, journal: JournalKey, after: i64, epoch: &str) -> Result<Changes> {
        match journal.kind {
            JournalKind::Instance => self.get_instance_changes(after, epoch).await,
            JournalKind::Workspace => self.get_workspace_changes(WorkspaceId(journal.id), after, epoch).await,
            JournalKind::Channel => self.get_channel_changes(ChannelId(journal.id), after, epoch).await,
            JournalKind::User => self.get_user_changes(after, epoch).await,
        }
    }

    async fn changes(&self, path: String, after: i64, epoch: &str) -> Result<Changes> {
        self.call(Call::get(path).query(vec![("after", after.to_string()), ("epoch", epoch.to_owned())])).await
    }
}
