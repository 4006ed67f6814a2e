//! Accepting an invitation, with a new account or signed in.
//!
//! Guarantees: a use is counted once and never beyond the bound, because the update that counts it holds the
//! condition and stands in the same commit as the membership; a refusal (a taken handle, say) spends nothing;
//! who is a member already spends nothing either.

use crate::{
    JoinedSession, Messaging,
    admission::{self, Door, Person},
    invitations::{invalid, joined},
    store::{channels, invitations, members, workspaces},
};
use plexichat_audit::{Action, Record};
use plexichat_auth::{NewSession, PreparedAccount, accounts};
use plexichat_database::{
    Engine, Tx,
    entity::{invitation, workspace, workspace_member},
};
use plexichat_events::{Applied, Change, Granted, Touch};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{
    ChannelId, ErrorCode, Event, JournalEvent, JournalKey, UserId, WorkspaceId,
    auth::{AcceptInvitation, Joined, NewAccount, SignedIn},
    permission::Role,
    user::UserView,
};

impl Messaging {
    /// Joins a workspace by a link. An anonymous caller brings the new account; a signed-in one brings none.
    pub async fn accept_invitation(
        &self,
        caller: &Caller,
        accept: AcceptInvitation,
        device_name: Option<String>,
    ) -> Result<JoinedSession> {
        match (caller.account_if_any(), accept.account) {
            (Some(_), Some(_)) => {
                let message = "you are signed in: leave the account out, or sign out first";
                Err(Error::conflict(ErrorCode::Conflict, message).with_field("account"))
            }
            (Some(user), None) => self.accept_signed_in(caller, user, &accept.code).await,
            (None, Some(account)) => {
                let session = NewSession { transport: accept.transport, device_name };
                self.accept_new(caller, &accept.code, &account, session).await
            }
            (None, None) => Err(Error::unauthenticated()),
        }
    }

    async fn accept_new(&self, caller: &Caller, code: &str, account: &NewAccount, session: NewSession) -> Result<JoinedSession> {
        let plan = self.plan(code).await?;
        let prepared =
            self.auth.prepare_account(account).await.map_err(|e| if e.field().is_some() { e.within("account") } else { e })?;
        let user = prepared.user_id();
        let channel_id = plan.first()?;
        let workspace = workspaces::view(&plan.workspace);
        let created = self.auth.creation_record(caller, &prepared).await?;
        let record = self.acceptance(caller, user, &plan).await?;
        let change = created.along(plan.change(self.db.engine(), Who::New(Box::new(prepared))));
        self.journal.commit(record.along(change)).await?;
        let opened = self.auth.open_session(caller, user, session).await?;
        Ok(JoinedSession { joined: Joined { signed_in: opened.signed_in, workspace, channel_id }, token: Some(opened.token) })
    }

    async fn accept_signed_in(&self, caller: &Caller, user: UserId, code: &str) -> Result<JoinedSession> {
        let plan = self.plan(code).await?;
        let account = self.auth.me(caller).await?;
        let workspace = workspaces::view(&plan.workspace);
        let mut channel_id = plan.first()?;
        let member = members::in_workspace(self.db.reader(), workspace.id, user).await?.filter(|row| !row.removed);
        if let Some(member) = member {
            channel_id = self.first_channel(&plan.workspace, &member).await?;
        } else {
            self.check_workspaces(user).await?;
            self.check_room(&[user]).await?;
            let record = self.acceptance(caller, user, &plan).await?;
            let change = plan.change(self.db.engine(), Who::Known(account.user.clone()));
            self.journal.commit(record.along_if_told(change)).await?;
        }
        let sessions = self.auth.sessions(caller).await?.items;
        let session = sessions.into_iter().find(|session| session.current).ok_or_else(Error::unauthenticated)?;
        let signed_in = SignedIn { account, session, token: None };
        Ok(JoinedSession { joined: Joined { signed_in, workspace, channel_id }, token: None })
    }

    async fn acceptance(&self, caller: &Caller, user: UserId, plan: &Plan) -> Result<Record> {
        let record = self.auth.audit().record_as(caller, user, Action::InvitationAccepted).await?;
        let record = record.on("invitation", plan.invitation.id).in_workspace(plan.invitation.workspace_id);
        Ok(record.with("role", serde_json::to_value(Role::from_code(plan.invitation.role)).unwrap_or_default()))
    }

    /// The channel to show to somebody who is a member already.
    async fn first_channel(&self, workspace: &workspace::Model, member: &workspace_member::Model) -> Result<ChannelId> {
        if Role::from_code(member.role) != Role::Guest {
            return Ok(workspace.default_channel_id.into());
        }
        let (reader, engine) = (self.db.reader(), self.db.engine());
        let mine = members::remaining_in_workspace(reader, engine, workspace.id.into(), member.user_id.into(), 1).await?;
        Ok(mine.first().copied().unwrap_or(ChannelId(workspace.default_channel_id)))
    }

    async fn plan(&self, code: &str) -> Result<Plan> {
        let invitation = self.live_invitation(code).await?;
        let reader = self.db.reader();
        let workspace = workspaces::by_id(reader, self.keys(), invitation.workspace_id.into()).await?.ok_or_else(invalid)?;
        let mut channels = joined(&invitation, workspace.default_channel_id.into());
        let ids: Vec<i64> = channels.iter().map(|id| id.0).collect();
        let live = channels::by_ids(reader, self.keys(), &ids).await?;
        channels.retain(|id| live.iter().any(|row| row.id == id.0 && !row.archived));
        Ok(Plan { invitation, workspace, channels })
    }
}

/// What an invitation gives, as of the look-up.
struct Plan {
    invitation: invitation::Model,
    workspace: workspace::Model,
    channels: Vec<ChannelId>,
}

impl Plan {
    /// The channel to show first. A guest whose channels are all archived has nowhere to go.
    fn first(&self) -> Result<ChannelId> {
        self.channels.first().copied().ok_or_else(invalid)
    }

    fn change(self, engine: Engine, who: Who) -> Accept {
        Accept { engine, invitation: self.invitation, channels: self.channels, who }
    }
}

enum Who {
    New(Box<PreparedAccount>),
    Known(UserView),
}

struct Accept {
    engine: Engine,
    invitation: invitation::Model,
    channels: Vec<ChannelId>,
    who: Who,
}

impl Accept {
    fn user_id(&self) -> UserId {
        match &self.who {
            Who::New(prepared) => prepared.user_id(),
            Who::Known(user) => user.id,
        }
    }

    /// Version of the person's journal that tells of the workspace; those of the channels follow.
    fn base(&self) -> u32 {
        u32::from(matches!(self.who, Who::New(_)))
    }

    fn workspace(&self) -> WorkspaceId {
        self.invitation.workspace_id.into()
    }

    async fn account(&self, tx: &Tx, granted: &Granted, events: &mut Vec<JournalEvent>) -> Result<UserView> {
        match &self.who {
            Who::Known(user) => Ok(user.clone()),
            Who::New(prepared) => {
                let own = JournalKey::user(prepared.user_id());
                let version = granted.version(JournalKey::INSTANCE, 0);
                let user = accounts::insert(tx, prepared, version, granted.version(own, 0), granted.now_ms)
                    .await
                    .map_err(|e| if e.field().is_some() { e.within("account") } else { e })?;
                events.push(granted.event(JournalKey::INSTANCE, 0, Event::UserUpdated { user: user.clone() }));
                events.push(granted.event(own, 0, Event::AccountUpdated {}));
                Ok(user)
            }
        }
    }

    async fn join_workspace(&self, tx: &Tx, granted: &Granted, user: &UserView, events: &mut Vec<JournalEvent>) -> Result<()> {
        let (key, own) = (JournalKey::workspace(self.workspace()), JournalKey::user(user.id));
        let row = workspace_member::Model {
            workspace_id: self.invitation.workspace_id,
            user_id: user.id.0,
            role: self.invitation.role,
            joined_ms: granted.now_ms,
            removed: false,
            version: granted.version(key, 0),
            user_version: granted.version(own, self.base()),
        };
        let told = Event::WorkspaceMemberUpdated { member: members::workspace_view(&row), user: user.clone() };
        let own_told = Event::WorkspaceMembershipUpdated { membership: members::own_workspace_view(&row) };
        events.extend([granted.event(key, 0, told), granted.event(own, self.base(), own_told)]);
        members::put_in_workspace(tx, row).await
    }
}

#[async_trait::async_trait]
impl Change for Accept {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        let own = 1 + self.base() + u32::try_from(self.channels.len()).unwrap_or(0);
        let own = Touch::many(JournalKey::user(self.user_id()), own).access();
        let mut touches = vec![Touch::one(JournalKey::workspace(self.workspace()))];
        match self.who {
            Who::New(_) => touches.extend([Touch::one(JournalKey::INSTANCE), own.create()]),
            Who::Known(_) => touches.push(own),
        }
        touches.extend(self.channels.iter().map(|id| Touch::one(JournalKey::channel(*id))));
        touches
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<()>> {
        let mut events = Vec::new();
        if let Who::Known(user) = &self.who {
            let member = members::in_workspace(tx, self.workspace(), user.id).await?;
            if member.is_some_and(|row| !row.removed) {
                return Ok(Applied { output: (), events });
            }
        }
        if !invitations::spend(tx, self.engine, self.invitation.id.into(), granted.now_ms).await? {
            return Err(invalid());
        }
        let user = self.account(tx, granted, &mut events).await?;
        self.join_workspace(tx, granted, &user, &mut events).await?;
        for (nth, channel) in (self.base() + 1..).zip(&self.channels) {
            let person = [Person { user: user.clone(), nth }];
            events.extend(admission::admit(tx, self.engine, granted, Door::of(*channel, 0), &person).await?.events);
        }
        Ok(Applied { output: (), events })
    }
}
