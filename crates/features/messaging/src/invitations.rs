//! Invitations by link: making, listing, revoking, looking at one.
//!
//! Guarantees: a code has 256 random bits, is shown once and stored as a digest alone; a wrong, revoked, used up
//! or expired code reads the same; nobody invites above their own role or into a channel they may not add people
//! to. Accepting is in `accept`.

use crate::{
    Messaging,
    page::{Page, cursor},
    store::{channels, invitations, workspaces},
};
use plexichat_audit::Action;
use plexichat_auth::WorkspaceAccess;
use plexichat_database::entity::invitation;
use plexichat_kernel::{Caller, Error, Result, random};
use plexichat_model::{
    ChannelId, ErrorCode, InvitationId, Permission, Timestamp, UserId, WorkspaceId,
    auth::{CreatedInvitation, InvitationCode, InvitationPreview, NewInvitation},
    limits,
    page::InvitationPage,
    permission::Role,
};
use std::time::Duration;

const MAX_USES: u32 = 10_000;
const MAX_HOURS: u32 = 8_760;

impl Messaging {
    /// Makes an invitation link.
    pub async fn create_invitation(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        new: NewInvitation,
    ) -> Result<CreatedInvitation> {
        let access = self.auth.workspace(caller, workspace).await?.require(Permission::CreateInvitations)?;
        if !access.may_name(new.role) {
            return Err(Error::forbidden("you cannot invite above your own role").with_field("role"));
        }
        let (uses, hours) = bounds(&new, self.auth.options().invitation)?;
        let channels = self.invited_channels(caller, &access, &new).await?;
        let now = self.journal.clock().now_ms();
        if invitations::count_live(self.db.reader(), workspace, now).await? >= limits::WORKSPACE_INVITATIONS {
            let message = format!("a workspace has at most {} live invitations; revoke some", limits::WORKSPACE_INVITATIONS);
            return Err(Error::limit_reached(message));
        }
        let code = random::token();
        let row = invitation::Model {
            id: self.journal.ids().next()?,
            workspace_id: workspace.0,
            code_hash: hash(&code).to_vec(),
            role: new.role.code(),
            channel_ids: invitations::channel_list(&channels),
            created_by: access.user_id().0,
            created_ms: now,
            expires_ms: now + i64::from(hours) * 3_600_000,
            max_uses: i32::try_from(uses).unwrap_or(1),
            uses: 0,
            revoked: false,
        };
        let invitation = invitations::view(&row);
        let record = self.auth.audit().record(caller, Action::InvitationCreated).await?.on("invitation", row.id);
        let channel_ids: Vec<String> = channels.iter().map(ToString::to_string).collect();
        let record = record.in_workspace(workspace).with("channels", channel_ids).with("uses", row.max_uses);
        let record = record.with("role", serde_json::to_value(new.role).unwrap_or_default()).with("expires_ms", row.expires_ms);
        self.journal
            .write(move |tx| {
                let (row, record) = (row.clone(), record.clone());
                Box::pin(async move {
                    invitations::insert(tx, row).await?;
                    record.write(tx).await
                })
            })
            .await?;
        Ok(CreatedInvitation { invitation, path: format!("/invite#{code}"), code })
    }

    async fn invited_channels(&self, caller: &Caller, access: &WorkspaceAccess, new: &NewInvitation) -> Result<Vec<ChannelId>> {
        if new.channel_ids.len() > limits::INVITATION_CHANNELS {
            let message = format!("an invitation names at most {} channels", limits::INVITATION_CHANNELS);
            return Err(Error::limit_reached(message).with_field("channel_ids"));
        }
        let default = access.workspace().default_channel_id;
        let mut channels = new.channel_ids.clone();
        channels.sort_unstable();
        channels.dedup();
        if new.role != Role::Guest {
            channels.retain(|id| *id != default);
        } else if channels.is_empty() {
            return Err(Error::invalid("channel_ids", "a guest is in the channels they are invited to alone; name at least one"));
        }
        for id in &channels {
            let channel = self.auth.channel(caller, *id).await.map_err(|e| e.with_field("channel_ids"))?;
            if channel.channel().workspace_id != Some(access.workspace_id()) {
                let message = format!("channel {id} is not of this workspace");
                return Err(Error::new(ErrorCode::NotFound, message).with_field("channel_ids"));
            }
            channel.require(Permission::ManageChannelMembers).map_err(|e| e.with_field("channel_ids"))?;
        }
        Ok(channels)
    }

    /// Invitations of a workspace, newest first: all for who manages them, one's own otherwise.
    pub async fn list_invitations(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        after: Option<&str>,
        limit: Option<usize>,
    ) -> Result<InvitationPage> {
        let access = self.auth.workspace(caller, workspace).await?;
        let maker = may_see(&access)?.then(|| access.user_id().0);
        let page = Page::of(limit)?;
        let rows = invitations::page(self.db.reader(), workspace, maker, cursor(after)?, page.fetch()).await?;
        access.confirm().await?;
        let (rows, next) = page.cut(rows, |row| row.id.to_string());
        Ok(InvitationPage { items: rows.iter().map(invitations::view).collect(), next })
    }

    /// Ends an invitation at once; revoking twice is revoking once.
    pub async fn revoke_invitation(&self, caller: &Caller, workspace: WorkspaceId, id: InvitationId) -> Result<()> {
        let access = self.auth.workspace(caller, workspace).await?;
        let only_own = may_see(&access)?;
        let me = access.user_id().0;
        let row = invitations::by_id(self.db.reader(), id).await?;
        let row = row.filter(|row| row.workspace_id == workspace.0 && (!only_own || row.created_by == me));
        row.ok_or_else(|| Error::not_found("invitation", id))?;
        let record =
            self.auth.audit().record(caller, Action::InvitationRevoked).await?.on("invitation", id).in_workspace(workspace);
        let revoke = self.journal.write(move |tx| {
            let record = record.clone();
            Box::pin(async move {
                let revoked = invitations::revoke(tx, workspace, id).await?;
                if revoked {
                    record.write(tx).await?;
                }
                Ok(revoked)
            })
        });
        let revoked = revoke.await?;
        if revoked { Ok(()) } else { Err(Error::not_found("invitation", id)) }
    }

    /// What a link leads to, for whoever holds it.
    pub async fn preview_invitation(&self, code: &InvitationCode) -> Result<InvitationPreview> {
        let row = self.live_invitation(&code.code).await?;
        let reader = self.db.reader();
        let workspace = workspaces::by_id(reader, self.keys(), row.workspace_id.into()).await?.ok_or_else(invalid)?;
        let maker = self.profiles(&[UserId(row.created_by)]).await?.pop();
        let invited_by = maker.map(|user| user.display_name).unwrap_or_default();
        let wanted = joined(&row, workspace.default_channel_id.into());
        let ids: Vec<i64> = wanted.iter().map(|id| id.0).collect();
        let mut channels = channels::by_ids(reader, self.keys(), &ids).await?;
        channels.retain(|channel| !channel.archived);
        channels.sort_by_key(|channel| ids.iter().position(|id| *id == channel.id));
        Ok(InvitationPreview {
            workspace_name: workspace.name,
            invited_by,
            role: Role::from_code(row.role),
            channels: channels.into_iter().map(|channel| channel.name).collect(),
            expires_at: Timestamp(row.expires_ms),
        })
    }

    /// The invitation of a code, if it can be used now.
    pub(crate) async fn live_invitation(&self, code: &str) -> Result<invitation::Model> {
        // Longer texts are no codes; they are not worth a digest.
        if code.len() > random::TOKEN_LENGTH {
            return Err(invalid());
        }
        let now = self.journal.clock().now_ms();
        let row = invitations::by_code_hash(self.db.reader(), &hash(code)).await?;
        row.filter(|row| !row.revoked && row.uses < row.max_uses && row.expires_ms > now).ok_or_else(invalid)
    }
}

/// The one refusal of whatever is wrong with a code.
pub(crate) fn invalid() -> Error {
    Error::of(ErrorCode::InvitationInvalid)
}

/// Channels joined by an invitation, in the order in which they are shown: the default one first, but for guests.
pub(crate) fn joined(row: &invitation::Model, default: ChannelId) -> Vec<ChannelId> {
    let listed = invitations::channels(row);
    if Role::from_code(row.role) == Role::Guest {
        return listed;
    }
    std::iter::once(default).chain(listed.into_iter().filter(|id| *id != default)).collect()
}

/// True: only one's own invitations.
fn may_see(access: &WorkspaceAccess) -> Result<bool> {
    if access.has(Permission::ManageInvitations) {
        return Ok(false);
    }
    access.clone().require(Permission::CreateInvitations).map(|_| true)
}

fn hash(code: &str) -> [u8; 32] {
    *blake3::hash(code.as_bytes()).as_bytes()
}

/// Uses and hours as asked for, or one use and the usual time.
fn bounds(new: &NewInvitation, usual: Duration) -> Result<(u32, u32)> {
    let usual = u32::try_from(usual.as_secs() / 3_600).unwrap_or(MAX_HOURS).clamp(1, MAX_HOURS);
    let within = |field: &'static str, value: u32, most: u32| match value {
        1.. if value <= most => Ok(value),
        _ => Err(Error::invalid(field, format!("choose 1 to {most}"))),
    };
    let uses = within("max_uses", new.max_uses.unwrap_or(1), MAX_USES)?;
    Ok((uses, within("expires_in_hours", new.expires_in_hours.unwrap_or(usual), MAX_HOURS)?))
}

#[cfg(test)]
mod tests {
    use super::{Duration, NewInvitation, bounds};
    use plexichat_model::permission::Role;

    #[test]
    fn uses_and_hours_are_bounded() {
        let new =
            |max_uses, expires_in_hours| NewInvitation { role: Role::Member, max_uses, expires_in_hours, channel_ids: vec![] };
        let bounds = |new: &NewInvitation| bounds(new, Duration::from_hours(72));
        assert_eq!(bounds(&new(None, None)).expect("defaults"), (1, 72));
        assert_eq!(bounds(&new(Some(10_000), Some(8_760))).expect("the most"), (10_000, 8_760));
        for (uses, hours, field) in
            [(Some(0), None, "max_uses"), (Some(10_001), None, "max_uses"), (None, Some(0), "expires_in_hours")]
        {
            assert_eq!(bounds(&new(uses, hours)).expect_err("refused").field(), Some(field));
        }
    }
}
