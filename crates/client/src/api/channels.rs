//! Channels, conversations, memberships and read positions.

use crate::{Client, PageQuery, Result, http::Call};
use plexichat_model::{
    ChannelId, UserId, WorkspaceId,
    channel::{
        AddChannelMembers, ChannelPatch, ChannelState, ChannelView, Cursor, CursorUpdate, MembershipPatch, NewChannel,
        NewConversation, OverrideList,
    },
    event::MembershipView,
    page::{ChannelMemberPage, ChannelPage},
};

impl Client {
    /// Channels of a workspace: those one may find and those one is in; only archived or only live ones, or both.
    pub async fn list_channels(
        &self,
        workspace_id: WorkspaceId,
        archived: Option<bool>,
        page: &PageQuery,
    ) -> Result<ChannelPage> {
        let mut pairs = page.pairs();
        pairs.extend(archived.map(|archived| ("archived", archived.to_string())));
        self.call(Call::get(format!("/workspaces/{workspace_id}/channels")).query(pairs)).await
    }

    /// Creates a channel.
    pub async fn create_channel(&self, workspace_id: WorkspaceId, new: &NewChannel) -> Result<ChannelState> {
        self.call(Call::post(format!("/workspaces/{workspace_id}/channels")).json(new)?.keyed()).await
    }

    /// Opens the conversation with these people, or answers the one there is.
    pub async fn open_conversation(&self, new: &NewConversation) -> Result<ChannelState> {
        self.call(Call::post("/conversations").json(new)?.keyed()).await
    }

    /// One channel as the caller holds it.
    pub async fn get_channel(&self, channel_id: ChannelId) -> Result<ChannelState> {
        self.call(Call::get(format!("/channels/{channel_id}"))).await
    }

    /// Changes a channel, if it still has this version.
    pub async fn update_channel(&self, channel_id: ChannelId, patch: &ChannelPatch, version: Option<i64>) -> Result<ChannelView> {
        self.call(Call::patch(format!("/channels/{channel_id}")).json(patch)?.if_match(version)).await
    }

    /// Joins a public channel.
    pub async fn join_channel(&self, channel_id: ChannelId) -> Result<ChannelState> {
        self.call(Call::post(format!("/channels/{channel_id}/join")).keyed()).await
    }

    /// Leaves a channel.
    pub async fn leave_channel(&self, channel_id: ChannelId) -> Result<()> {
        self.order(Call::post(format!("/channels/{channel_id}/leave")).keyed()).await
    }

    /// Members of a channel.
    pub async fn list_channel_members(&self, channel_id: ChannelId, page: &PageQuery) -> Result<ChannelMemberPage> {
        self.call(Call::get(format!("/channels/{channel_id}/members")).query(page.pairs())).await
    }

    /// Adds people to a channel.
    pub async fn add_channel_members(&self, channel_id: ChannelId, add: &AddChannelMembers) -> Result<ChannelMemberPage> {
        self.call(Call::post(format!("/channels/{channel_id}/members")).json(add)?.keyed()).await
    }

    /// Removes somebody from a channel.
    pub async fn remove_channel_member(&self, channel_id: ChannelId, user_id: UserId) -> Result<()> {
        self.order(Call::delete(format!("/channels/{channel_id}/members/{user_id}"))).await
    }

    /// What the channel allows and denies beyond the workspace.
    pub async fn get_overrides(&self, channel_id: ChannelId) -> Result<OverrideList> {
        self.call(Call::get(format!("/channels/{channel_id}/overrides"))).await
    }

    /// Replaces what the channel allows and denies beyond the workspace.
    pub async fn replace_overrides(&self, channel_id: ChannelId, list: &OverrideList) -> Result<OverrideList> {
        self.call(Call::put(format!("/channels/{channel_id}/overrides")).json(list)?).await
    }

    /// The caller's own settings of a channel.
    pub async fn update_membership(&self, channel_id: ChannelId, patch: &MembershipPatch) -> Result<MembershipView> {
        self.call(Call::patch(format!("/channels/{channel_id}/membership")).json(patch)?).await
    }

    /// Moves the caller's read position.
    pub async fn update_cursor(&self, channel_id: ChannelId, update: &CursorUpdate) -> Result<Cursor> {
        self.call(Call::put(format!("/channels/{channel_id}/cursor")).json(update)?).await
    }
}
