//! The first run: the one-time code makes the owner, the first workspace and its channel.
//!
//! Guarantees: one commit on the instance, the workspace, the channel and the owner's journal; of two who use
//! the code at once one succeeds, the other is told the instance is set up; without the code nothing is hashed.

use crate::{
    Messaging,
    founding::{Founded, Founding},
    names,
    store::instance,
};
use plexichat_audit::Action;
use plexichat_auth::{NewSession, PreparedAccount, SetupCode, accounts};
use plexichat_database::{Engine, Tx};
use plexichat_events::{Applied, Change, Granted, Touch};
use plexichat_kernel::{Caller, Result};
use plexichat_keys::names::NameSealer;
use plexichat_model::{
    Event, JournalKey,
    auth::{Joined, Setup},
    permission::InstanceRole,
    system::InstanceView,
    workspace::WorkspaceView,
};

/// Answer of set-up and of an accepted invitation, with what only the transport may know.
#[derive(Clone)]
pub struct JoinedSession {
    /// The body.
    pub joined: Joined,
    /// Token of the new session, for the cookie; `None` when the caller was signed in already.
    pub token: Option<String>,
}

impl std::fmt::Debug for JoinedSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JoinedSession").field("workspace", &self.joined.workspace.id).finish_non_exhaustive()
    }
}

impl Messaging {
    /// Sets the instance up. `caller` is anonymous, with the address the request came from.
    pub async fn complete_setup(&self, caller: &Caller, setup: Setup, device_name: Option<String>) -> Result<JoinedSession> {
        let code = self.auth.check_setup_code(&setup.code).await?;
        let name = names::name("workspace_name", &setup.workspace_name)?;
        let owner =
            self.auth.prepare_account(&setup.owner).await.map_err(|e| if e.field().is_some() { e.within("owner") } else { e })?;
        let owner = owner.with_instance_role(InstanceRole::Owner);
        let user = owner.user_id();
        let founding = Founding::plan(self.journal.ids(), self.bodies.keys(), name.clone(), String::new()).await?;
        let channel_id = founding.channel;
        let sealer = self.keys().name_sealer(None).await?;
        let change = CompleteSetup { engine: self.db.engine(), code, owner, founding, instance: name.text, sealer };
        let created = self.auth.creation_record(caller, &change.owner).await?;
        let record = self.auth.audit().record_as(caller, user, Action::InstanceSetUp).await?;
        let record = record.on("workspace", change.founding.workspace).sealed("name", setup.workspace_name);
        let workspace = self.journal.commit(record.along(created.along(change))).await?.output;
        let opened = self.auth.open_session(caller, user, NewSession { transport: setup.transport, device_name }).await?;
        Ok(JoinedSession { joined: Joined { signed_in: opened.signed_in, workspace, channel_id }, token: Some(opened.token) })
    }
}

struct CompleteSetup {
    engine: Engine,
    code: SetupCode,
    owner: PreparedAccount,
    founding: Founding,
    /// The instance is called as its first workspace.
    instance: String,
    sealer: NameSealer,
}

#[async_trait::async_trait]
impl Change for CompleteSetup {
    type Output = WorkspaceView;

    fn touches(&self) -> Vec<Touch> {
        let mut touches = self.founding.touches();
        touches.push(Touch::many(JournalKey::INSTANCE, 2).access());
        touches.push(Touch::many(JournalKey::user(self.owner.user_id()), 1 + Founding::OWNER_VERSIONS).access().create());
        touches
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<WorkspaceView>> {
        self.code.consume(tx, granted.now_ms).await?;
        let own = JournalKey::user(self.owner.user_id());
        let version = granted.version(JournalKey::INSTANCE, 0);
        let owner = accounts::insert(tx, &self.owner, version, granted.version(own, 0), granted.now_ms).await?;
        let named = granted.version(JournalKey::INSTANCE, 1);
        instance::rename(tx, &self.sealer, &self.instance, named).await?;
        let Founded { workspace, events: founded } = self.founding.write(tx, self.engine, granted, &owner, 1).await?;
        let view = InstanceView { name: self.instance.clone(), version: named };
        let mut events = vec![
            granted.event(JournalKey::INSTANCE, 0, Event::UserUpdated { user: owner }),
            granted.event(JournalKey::INSTANCE, 1, Event::InstanceUpdated { instance: view }),
            granted.event(own, 0, Event::AccountUpdated {}),
        ];
        events.extend(founded);
        Ok(Applied { output: workspace, events })
    }
}
