//! Life of channels: create, change, archive, list, read, one's own settings.
//!
//! Guarantees: names are unique in a workspace without regard to case, also when two create at once; a change
//! of a channel that members may find is told on both journals by the same commit; archiving ends everybody's
//! right to change it in that commit. Not here: who is in it (`channel_members`), what it allows (`overrides`).

use crate::{
    Messaging,
    admission::{self, Door, PEOPLE_PER_CHANGE, Person},
    names::{self, Name},
    page::{Page, cursor},
    store::{channels, members},
};
use plexichat_audit::{Action, Record};
use plexichat_auth::{ChannelAccess, WorkspaceAccess};
use plexichat_database::{Engine, Tx, entity::channel};
use plexichat_events::{Applied, Change, Granted, Stamp, Touch};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_keys::{Keys, names::NameSealer};
use plexichat_model::{
    ChannelId, ErrorCode, Event, JournalKey, Permission, UserId, WorkspaceId,
    channel::{ChannelKind, ChannelPatch, ChannelState, ChannelView, MembershipPatch, NewChannel},
    event::MembershipView,
    limits,
    page::ChannelPage,
};

/// Which channels of a workspace to list.
#[derive(Clone, Debug, Default)]
pub struct ChannelQuery {
    /// Beginning of the name, without regard to case.
    pub q: Option<String>,
    /// Only archived or only live ones; both if absent.
    pub archived: Option<bool>,
    /// `next` of the page before.
    pub after: Option<String>,
    /// Most items.
    pub limit: Option<usize>,
}

impl Messaging {
    /// Creates a channel; its creator and the given people are in it.
    pub async fn create_channel(&self, caller: &Caller, workspace: WorkspaceId, new: NewChannel) -> Result<ChannelState> {
        let needed = match new.kind {
            ChannelKind::Public | ChannelKind::Announcement => Permission::CreatePublicChannels,
            ChannelKind::Private => Permission::CreatePrivateChannels,
            ChannelKind::Direct | ChannelKind::Group => {
                return Err(Error::invalid(
                    "kind",
                    "a channel is public, private or announcement; open conversations by POST /conversations",
                ));
            }
        };
        let access = self.auth.workspace(caller, workspace).await?.require_member()?.require(needed)?;
        let name = names::name("name", &new.name)?;
        let topic = names::topic("topic", &new.topic)?;
        if channels::count(self.db.reader(), workspace).await? >= limits::WORKSPACE_CHANNELS {
            return Err(Error::limit_reached(format!("a workspace has at most {} channels", limits::WORKSPACE_CHANNELS)));
        }
        let creator = access.user_id();
        self.check_room(&[creator]).await?;
        let people = self.future_members("member_ids", workspace, &new.member_ids, creator).await?;
        let id = ChannelId(self.journal.ids().next()?);
        let (now, later) = people.split_at(people.len().min(PEOPLE_PER_CHANGE));
        let mut first = vec![Person::first(self.profile(creator).await?)];
        first.extend_from_slice(now);
        let (engine, sealer) = (self.db.engine(), self.keys().name_sealer(Some(workspace)).await?);
        let change = CreateChannel { engine, access, id, kind: new.kind, name, topic, people: first, sealer };
        let record = self.auth.audit().record(caller, Action::ChannelCreated).await?.on("channel", id).in_workspace(workspace);
        let record = record.with("kind", serde_json::to_value(new.kind).unwrap_or_default()).sealed("name", new.name);
        self.journal.commit(record.along(change)).await?;
        self.let_in(caller, id, later).await?;
        self.channel_state(creator, id).await
    }

    /// Channels of a workspace that the caller may find or has joined, by name.
    pub async fn list_channels(&self, caller: &Caller, workspace: WorkspaceId, query: &ChannelQuery) -> Result<ChannelPage> {
        let access = self.auth.workspace(caller, workspace).await?.require_member()?;
        let page = Page::of(query.limit)?;
        let prefix = names::fold(query.q.as_deref().unwrap_or_default());
        let list = channels::ListQuery {
            workspace,
            user: access.user_id(),
            listed: access.has(Permission::JoinPublicChannels),
            prefix: &prefix,
            archived: query.archived,
            after: cursor(query.after.as_deref())?,
            limit: usize::try_from(page.fetch()).unwrap_or(usize::MAX),
        };
        let rows = channels::list(self.db.reader(), self.db.engine(), self.keys(), &list).await?;
        access.confirm().await?;
        let (rows, next) = page.cut(rows, |row| row.id.to_string());
        Ok(ChannelPage { items: rows.iter().map(|row| channels::view(row, Vec::new())).collect(), next })
    }

    /// A channel or conversation as the caller stands to it.
    pub async fn get_channel(&self, caller: &Caller, id: ChannelId) -> Result<ChannelState> {
        let access = self.auth.channel(caller, id).await?;
        let state = self.channel_state(access.user_id(), id).await?;
        access.confirm().await?;
        Ok(state)
    }

    /// Changes name or topic, archives or restores. `if_match`: only if this is the row's version.
    pub async fn update_channel(
        &self,
        caller: &Caller,
        id: ChannelId,
        patch: ChannelPatch,
        if_match: Option<i64>,
    ) -> Result<ChannelView> {
        let mut access = self.auth.channel(caller, id).await?;
        if access.channel().kind.is_conversation() {
            return Err(Error::forbidden("a conversation has no name, topic or archive; its people are what it is"));
        }
        if patch.archived.is_some() {
            access = access.require(Permission::ArchiveChannel)?;
        }
        if patch.name.is_some() || patch.topic.is_some() {
            access = access.require(Permission::EditChannel)?;
        }
        let name = patch.name.as_deref().map(|name| names::name("name", name)).transpose()?;
        let topic = patch.topic.as_deref().map(|topic| names::topic("topic", topic)).transpose()?;
        let record = self.auth.audit().record(caller, Action::ChannelUpdated).await?.on("channel", id);
        let sealer = self.keys().name_sealer(access.channel().workspace_id).await?;
        let keys = self.keys().clone();
        let change = UpdateChannel { record, access, name, topic, archived: patch.archived, if_match, keys, sealer };
        Ok(self.journal.commit(change).await?.output)
    }

    /// Changes the caller's own settings of a channel.
    pub async fn update_membership(&self, caller: &Caller, id: ChannelId, patch: MembershipPatch) -> Result<MembershipView> {
        let access = self.auth.channel(caller, id).await?.require_member()?;
        Ok(self.journal.commit(UpdateMembership { access, patch }).await?.output)
    }
}

struct CreateChannel {
    engine: Engine,
    access: WorkspaceAccess,
    id: ChannelId,
    kind: ChannelKind,
    name: Name,
    topic: String,
    /// The creator first.
    people: Vec<Person>,
    sealer: NameSealer,
}

impl CreateChannel {
    fn row(&self, granted: &Granted) -> channel::Model {
        let workspace = JournalKey::workspace(self.access.workspace_id());
        channel::Model {
            id: self.id.0,
            workspace_id: Some(self.access.workspace_id().0),
            kind: self.kind.code(),
            name: self.name.text.clone(),
            name_folded: Some(self.name.folded.clone()),
            topic: self.topic.clone(),
            archived: false,
            conversation_key: None,
            created_by: self.access.user_id().0,
            created_ms: granted.now_ms,
            version: granted.version(JournalKey::channel(self.id), 0),
            list_version: if self.kind.is_listed() { granted.version(workspace, 0) } else { 0 },
            overrides_version: 0,
            sealed: None,
        }
    }
}

#[async_trait::async_trait]
impl Change for CreateChannel {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        let versions = 1 + u32::try_from(self.people.len()).unwrap_or(u32::MAX - 1);
        let mut touches = vec![Touch::many(JournalKey::channel(self.id), versions).access().create()];
        if self.kind.is_listed() {
            touches.push(Touch::one(JournalKey::workspace(self.access.workspace_id())));
        }
        touches.extend(self.people.iter().map(Person::touch));
        touches
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.access.stamps()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.access.recheck(tx).await
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<()>> {
        let row = self.row(granted);
        let view = channels::view(&row, Vec::new());
        channels::insert(tx, &self.sealer, row).await?;
        let ids: Vec<UserId> = self.people.iter().map(|p| p.user.id).collect();
        living(tx, "member_ids", self.access.workspace_id(), &ids).await?;
        let admitted = admission::admit(tx, self.engine, granted, Door::of(self.id, 1), &self.people).await?;
        let mut events = vec![granted.event(JournalKey::channel(self.id), 0, Event::ChannelUpdated { channel: view.clone() })];
        if self.kind.is_listed() {
            let key = JournalKey::workspace(self.access.workspace_id());
            events.push(granted.event(key, 0, Event::ChannelListed { channel: view }));
        }
        events.extend(admitted.events);
        Ok(Applied { output: (), events })
    }
}

/// Refuses when one of these people is no member of the workspace now.
pub(crate) async fn living(tx: &Tx, field: &'static str, workspace: WorkspaceId, users: &[UserId]) -> Result<()> {
    let ids: Vec<i64> = users.iter().map(|id| id.0).collect();
    let found = members::living_in_workspace(tx, workspace, &ids).await?;
    match users.iter().find(|id| !found.iter().any(|row| row.user_id == id.0)) {
        Some(missing) => {
            let message = format!("account {missing} is not a member of this workspace; invite them first");
            Err(Error::new(ErrorCode::NotFound, message).with_field(field))
        }
        None => Ok(()),
    }
}

struct UpdateChannel {
    record: Record,
    access: ChannelAccess,
    name: Option<Name>,
    topic: Option<String>,
    archived: Option<bool>,
    if_match: Option<i64>,
    keys: Keys,
    sealer: NameSealer,
}

impl UpdateChannel {
    fn workspace(&self) -> Option<JournalKey> {
        let channel = self.access.channel();
        channel.workspace_id.filter(|_| channel.kind.is_listed()).map(JournalKey::workspace)
    }

    async fn note(&self, tx: &Tx, before: &channel::Model, row: &channel::Model) -> Result<()> {
        let action = match (before.archived, row.archived) {
            (false, true) => Action::ChannelArchive,
            (true, false) => Action::ChannelRestore,
            _ => Action::ChannelUpdated,
        };
        let record = self.record.clone().with_action(action).changed("archived", before.archived, row.archived);
        let record = record.in_workspace(row.workspace_id.unwrap_or(0));
        let record = record.sealed_change("name", before.name.clone(), row.name.clone());
        record.sealed_change("topic", before.topic.clone(), row.topic.clone()).write(tx).await
    }

    async fn check(&self, tx: &Tx, row: &channel::Model) -> Result<()> {
        Error::check_version(self.if_match, row.version)?;
        if self.archived == Some(true) && row.workspace_id.is_some() {
            let workspace = row.workspace_id.map_or(WorkspaceId(0), WorkspaceId);
            let workspace = crate::store::workspaces::unnamed(tx, workspace).await?;
            if workspace.is_some_and(|w| w.default_channel_id == row.id) {
                return Err(Error::conflict(ErrorCode::Conflict, "this is the channel everybody joins; it cannot be archived"));
            }
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Change for UpdateChannel {
    type Output = ChannelView;

    fn touches(&self) -> Vec<Touch> {
        let channel = Touch::one(JournalKey::channel(self.access.channel_id())).access();
        std::iter::once(channel).chain(self.workspace().map(Touch::one)).collect()
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.access.stamps()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.access.recheck(tx).await
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<ChannelView>> {
        let id = self.access.channel_id();
        let mut row = channels::by_id(tx, &self.keys, id).await?.ok_or_else(|| Error::not_found("channel", id))?;
        self.check(tx, &row).await?;
        let before = row.clone();
        if let Some(name) = &self.name {
            row.name.clone_from(&name.text);
            row.name_folded = Some(name.folded.clone());
        }
        if let Some(topic) = &self.topic {
            row.topic.clone_from(topic);
        }
        row.archived = self.archived.unwrap_or(row.archived);
        if row == before {
            return Ok(Applied { output: channels::view(&row, Vec::new()), events: Vec::new() });
        }
        let key = JournalKey::channel(id);
        row.version = granted.version(key, 0);
        row.list_version = self.workspace().map_or(row.list_version, |key| granted.version(key, 0));
        channels::update(tx, &self.sealer, row.clone()).await?;
        self.note(tx, &before, &row).await?;
        let view = channels::view(&row, Vec::new());
        let mut events = vec![granted.event(key, 0, Event::ChannelUpdated { channel: view.clone() })];
        if let Some(key) = self.workspace() {
            events.push(granted.event(key, 0, Event::ChannelListed { channel: view.clone() }));
        }
        Ok(Applied { output: view, events })
    }
}

struct UpdateMembership {
    access: ChannelAccess,
    patch: MembershipPatch,
}

#[async_trait::async_trait]
impl Change for UpdateMembership {
    type Output = MembershipView;

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(JournalKey::user(self.access.user_id()))]
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.access.stamps()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.access.recheck(tx).await
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<MembershipView>> {
        let (channel, user) = (self.access.channel_id(), self.access.user_id());
        let row = members::in_channel(tx, channel, user).await?.filter(|row| !row.removed);
        let mut row = row.ok_or_else(|| Error::forbidden("join the channel first"))?;
        let key = JournalKey::user(user);
        row.notify = self.patch.notify.code();
        row.user_version = granted.version(key, 0);
        members::set_notify(tx, &row).await?;
        let membership = members::own_channel_view(&row);
        let events = vec![granted.event(key, 0, Event::MembershipUpdated { membership: membership.clone() })];
        Ok(Applied { output: membership, events })
    }
}
