//! An instance with people, workspaces and channels. Rows that belong to messaging are written here by one small
//! change, the way messaging must write them.

use plexichat_auth::{Auth, AuthOptions, HashCost, NewSession, OpenedSession, PreparedAccount, accounts};
use plexichat_database::{
    DbResultExt, Tx,
    entity::{channel, channel_member, channel_override, workspace, workspace_member},
};
use plexichat_events::{Applied, Change, Granted, Journal, JournalOptions, Touch};
use plexichat_kernel::{Caller, Clock, IdGenerator, Result, config::Secret};
use plexichat_keys::{
    Keys,
    vault::{PassphraseCost, PassphraseVault},
};
use plexichat_model::{
    ChannelId, Event, JournalKey, UserId, WorkspaceId,
    auth::{Login, NewAccount, TokenTransport},
    channel::{ChannelKind, PermissionOverride},
    permission::{InstanceRole, Role},
};
use plexichat_testkit::TestDb;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use std::{net::IpAddr, sync::Arc};

pub(crate) const PASSWORD: &str = "seven horses drink tea";

pub(crate) fn cheap() -> AuthOptions {
    AuthOptions { hash: HashCost { memory_kib: 64, iterations: 1, parallelism: 1 }, hash_threads: 2, ..AuthOptions::default() }
}

pub(crate) struct World {
    pub(crate) auth: Auth,
    pub(crate) journal: Journal,
    pub(crate) clock: Clock,
    pub(crate) keys: Keys,
}

/// The keys of a test instance: every node opens them by the same passphrase.
async fn keys(journal: &Journal) -> Keys {
    let cost = PassphraseCost { memory_kib: 8, iterations: 1, parallelism: 1 };
    let vault = PassphraseVault::new(Secret::new("a passphrase for tests"), cost);
    Keys::open(journal.clone(), Arc::new(vault)).await.expect("the keys open")
}

/// A person with a caller.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) caller: Caller,
    pub(crate) token: String,
}

/// Nobody yet, from this address.
pub(crate) fn from(address: &str) -> Caller {
    let address: IpAddr = address.parse().expect("an address");
    Caller::anonymous().with_request("test", Some(address))
}

pub(crate) fn anonymous() -> Caller {
    from("192.0.2.7")
}

impl World {
    pub(crate) async fn new(db: &TestDb) -> Self {
        Self::with(db, cheap()).await
    }

    pub(crate) async fn with(db: &TestDb, options: AuthOptions) -> Self {
        Self::node(db.db(), 1, options).await
    }

    /// One node of an instance.
    pub(crate) async fn node(db: plexichat_database::Db, node: u16, options: AuthOptions) -> Self {
        let clock = Clock::adjustable();
        let ids = IdGenerator::fixed(clock.clone(), node).expect("a valid node number");
        let journal = Journal::start(db, clock.clone(), ids, JournalOptions::default()).await.expect("the journal starts");
        let auth = Auth::new(journal.clone(), options).expect("valid settings");
        let keys = keys(&journal).await;
        auth.start(&keys).await.expect("starts");
        Self { auth, journal, clock, keys }
    }

    /// The same instance by other settings or providers.
    pub(crate) async fn by(&self, auth: Auth) -> Self {
        auth.start(&self.keys).await.expect("starts");
        Self { auth, journal: self.journal.clone(), clock: self.clock.clone(), keys: self.keys.clone() }
    }

    pub(crate) async fn person(&self, handle: &str) -> Person {
        self.person_with(handle, InstanceRole::Member).await
    }

    pub(crate) async fn person_with(&self, handle: &str, role: InstanceRole) -> Person {
        let account = NewAccount {
            handle: handle.to_owned(),
            display_name: format!("The {handle}"),
            password: PASSWORD.to_owned(),
            email: Some(format!("{handle}@example.org")),
        };
        let account = self.auth.prepare_account(&account).await.expect("valid").with_instance_role(role);
        let id = account.user_id();
        self.journal.commit(Create(account)).await.expect("creates");
        let opened = self.auth.open_session(&anonymous(), id, NewSession::default()).await.expect("opens");
        let caller = self.auth.authenticate(&opened.token).await.expect("valid");
        Person { id, caller, token: opened.token }
    }

    pub(crate) async fn login(&self, login: &str, password: &str) -> Result<OpenedSession> {
        self.login_from("192.0.2.7", login, password).await
    }

    pub(crate) async fn login_from(&self, address: &str, login: &str, password: &str) -> Result<OpenedSession> {
        let input = Login {
            login: login.to_owned(),
            password: password.to_owned(),
            transport: TokenTransport::Bearer,
            device_name: Some("test".to_owned()),
        };
        self.auth.login(&from(address), input).await
    }

    async fn write(&self, touches: Vec<Touch>, row: Row) {
        self.journal.commit(Write { touches, row }).await.expect("writes");
    }

    pub(crate) async fn workspace(&self, members: &[(&Person, Role)]) -> WorkspaceId {
        let id = WorkspaceId(self.journal.ids().next().expect("an id"));
        self.write(vec![Touch::one(JournalKey::workspace(id)).create()], Row::Workspace(id)).await;
        for (person, role) in members {
            self.join_workspace(id, person, *role).await;
        }
        id
    }

    pub(crate) async fn join_workspace(&self, id: WorkspaceId, person: &Person, role: Role) {
        let touches = vec![Touch::one(JournalKey::workspace(id)), Touch::one(JournalKey::user(person.id)).access()];
        self.write(touches, Row::WorkspaceMember(id, person.id, Some(role))).await;
    }

    pub(crate) async fn leave_workspace(&self, id: WorkspaceId, person: &Person) {
        let touches = vec![Touch::one(JournalKey::workspace(id)), Touch::one(JournalKey::user(person.id)).access()];
        self.write(touches, Row::WorkspaceMember(id, person.id, None)).await;
    }

    pub(crate) async fn channel(
        &self,
        workspace: Option<WorkspaceId>,
        kind: ChannelKind,
        creator: &Person,
        members: &[&Person],
    ) -> ChannelId {
        let id = ChannelId(self.journal.ids().next().expect("an id"));
        self.write(vec![Touch::one(JournalKey::channel(id)).create()], Row::Channel(id, workspace, kind, creator.id)).await;
        for person in members {
            self.join(id, person).await;
        }
        id
    }

    pub(crate) async fn join(&self, id: ChannelId, person: &Person) {
        let touches = vec![Touch::one(JournalKey::channel(id)), Touch::one(JournalKey::user(person.id)).access()];
        self.write(touches, Row::ChannelMember(id, person.id, true)).await;
    }

    pub(crate) async fn leave(&self, id: ChannelId, person: &Person) {
        let touches = vec![Touch::one(JournalKey::channel(id)), Touch::one(JournalKey::user(person.id)).access()];
        self.write(touches, Row::ChannelMember(id, person.id, false)).await;
    }

    pub(crate) async fn archive(&self, id: ChannelId, archived: bool) {
        self.write(vec![Touch::one(JournalKey::channel(id)).access()], Row::Archived(id, archived)).await;
    }

    pub(crate) async fn set_overrides(&self, id: ChannelId, overrides: &[PermissionOverride]) {
        self.write(vec![Touch::one(JournalKey::channel(id)).access()], Row::Overrides(id, overrides.to_vec())).await;
    }
}

pub(crate) struct Create(pub(crate) PreparedAccount);

#[async_trait::async_trait]
impl Change for Create {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        self.0.touches().to_vec()
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<()>> {
        let own = JournalKey::user(self.0.user_id());
        let versions = (granted.version(JournalKey::INSTANCE, 0), granted.version(own, 0));
        let user = accounts::insert(tx, &self.0, versions.0, versions.1, granted.now_ms).await?;
        let events = vec![
            granted.event(JournalKey::INSTANCE, 0, Event::UserUpdated { user }),
            granted.event(own, 0, Event::AccountUpdated {}),
        ];
        Ok(Applied { output: (), events })
    }
}

enum Row {
    Workspace(WorkspaceId),
    WorkspaceMember(WorkspaceId, UserId, Option<Role>),
    Channel(ChannelId, Option<WorkspaceId>, ChannelKind, UserId),
    ChannelMember(ChannelId, UserId, bool),
    Archived(ChannelId, bool),
    Overrides(ChannelId, Vec<PermissionOverride>),
}

struct Write {
    touches: Vec<Touch>,
    row: Row,
}

#[async_trait::async_trait]
impl Change for Write {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        self.touches.clone()
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<()>> {
        let version = |at: usize| granted.version(self.touches[at].key, 0);
        match &self.row {
            Row::Workspace(id) => workspace_row(tx, *id, version(0)).await?,
            Row::WorkspaceMember(id, user, role) => member_row(tx, *id, *user, *role, (version(0), version(1))).await?,
            Row::Channel(id, workspace, kind, creator) => channel_row(tx, *id, *workspace, *kind, *creator, version(0)).await?,
            Row::ChannelMember(id, user, joined) => channel_member_row(tx, *id, *user, *joined, (version(0), version(1))).await?,
            Row::Archived(id, archived) => {
                channel::Entity::update_many()
                    .col_expr(channel::Column::Archived, Expr::value(*archived))
                    .filter(channel::Column::Id.eq(id.0))
                    .exec(tx)
                    .await
                    .db()?;
            }
            Row::Overrides(id, overrides) => override_rows(tx, *id, overrides, version(0)).await?,
        }
        Ok(Applied { output: (), events: Vec::new() })
    }
}

async fn workspace_row(tx: &Tx, id: WorkspaceId, version: i64) -> Result<()> {
    let row = workspace::Model {
        id: id.0,
        name: "Works".to_owned(),
        description: String::new(),
        default_channel_id: 1,
        created_by: 1,
        created_ms: 1,
        version,
        sealed: None,
    };
    workspace::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.db().map(drop)
}

async fn member_row(tx: &Tx, id: WorkspaceId, user: UserId, role: Option<Role>, versions: (i64, i64)) -> Result<()> {
    use workspace_member::{Column, Entity, Model};
    let row = Model {
        workspace_id: id.0,
        user_id: user.0,
        role: role.unwrap_or(Role::Member).code(),
        joined_ms: 1,
        removed: role.is_none(),
        version: versions.0,
        user_version: versions.1,
    };
    let columns = [Column::Role, Column::Removed, Column::Version, Column::UserVersion];
    let upsert = OnConflict::columns([Column::WorkspaceId, Column::UserId]).update_columns(columns).to_owned();
    Entity::insert(row.into_active_model()).on_conflict(upsert).exec_without_returning(tx).await.db().map(drop)
}

async fn channel_row(
    tx: &Tx,
    id: ChannelId,
    workspace: Option<WorkspaceId>,
    kind: ChannelKind,
    creator: UserId,
    version: i64,
) -> Result<()> {
    let row = channel::Model {
        id: id.0,
        workspace_id: workspace.map(|id| id.0),
        kind: kind.code(),
        name: "room".to_owned(),
        name_folded: None,
        topic: String::new(),
        archived: false,
        conversation_key: None,
        created_by: creator.0,
        created_ms: 1,
        version,
        list_version: 0,
        overrides_version: 0,
        sealed: None,
    };
    channel::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.db().map(drop)
}

async fn channel_member_row(tx: &Tx, id: ChannelId, user: UserId, joined: bool, versions: (i64, i64)) -> Result<()> {
    use channel_member::{Column, Entity, Model};
    let row = Model {
        channel_id: id.0,
        user_id: user.0,
        joined_ms: 1,
        joined_number: 5,
        removed: !joined,
        version: versions.0,
        notify: 1,
        user_version: versions.1,
    };
    let columns = [Column::Removed, Column::Version, Column::UserVersion];
    let upsert = OnConflict::columns([Column::ChannelId, Column::UserId]).update_columns(columns).to_owned();
    Entity::insert(row.into_active_model()).on_conflict(upsert).exec_without_returning(tx).await.db().map(drop)
}

async fn override_rows(tx: &Tx, id: ChannelId, overrides: &[PermissionOverride], version: i64) -> Result<()> {
    use channel_override::{ActiveModel, Column, Entity};
    Entity::delete_many().filter(Column::ChannelId.eq(id.0)).exec(tx).await.db()?;
    for entry in overrides {
        let (target_kind, target_id) = entry.target.code();
        let row = ActiveModel {
            channel_id: Set(id.0),
            target_kind: Set(target_kind),
            target_id: Set(target_id),
            allow_bits: Set(entry.allow.0.cast_signed()),
            deny_bits: Set(entry.deny.0.cast_signed()),
        };
        Entity::insert(row).exec_without_returning(tx).await.db()?;
    }
    channel::Entity::update_many()
        .col_expr(channel::Column::OverridesVersion, Expr::value(version))
        .filter(channel::Column::Id.eq(id.0))
        .exec(tx)
        .await
        .db()
        .map(drop)
}
