//! How a workspace begins: itself, its first owner, its default channel with something to read.
//!
//! One part of a commit, shared by set-up and by creating a further workspace; either all of it exists or
//! nothing. The messages are the instance's own and never unread.

use crate::{
    admission::{self, Door, Person},
    bodies,
    names::Name,
    store::{channels, members, messages, workspaces},
    welcome,
};
use plexichat_database::{
    Engine, Tx,
    entity::{channel, message, workspace, workspace_member},
};
use plexichat_events::{Granted, Touch};
use plexichat_kernel::{IdGenerator, Result, caller::SYSTEM_ACCOUNT};
use plexichat_keys::{DataKey, Keys, names::NameSealer};
use plexichat_model::{
    ChannelId, Event, JournalEvent, JournalKey, WorkspaceId, channel::ChannelKind, message::MessageKind, permission::Role,
    user::UserView, workspace::WorkspaceView,
};
use std::sync::Arc;

/// A workspace about to be founded.
pub(crate) struct Founding {
    /// Its id.
    pub(crate) workspace: WorkspaceId,
    /// Id of its default channel.
    pub(crate) channel: ChannelId,
    name: Name,
    description: String,
    message_ids: Vec<i64>,
    key: Arc<DataKey>,
    sealer: NameSealer,
}

/// A founded workspace.
pub(crate) struct Founded {
    /// As the wire shows it.
    pub(crate) workspace: WorkspaceView,
    /// Of all its journals.
    pub(crate) events: Vec<JournalEvent>,
}

impl Founding {
    /// Versions it takes from the owner's journal.
    pub(crate) const OWNER_VERSIONS: u32 = 2;

    /// Chooses the ids and makes the keys; of a founding that fails they are left, and seal nothing.
    pub(crate) async fn plan(ids: &IdGenerator, keys: &Keys, name: Name, description: String) -> Result<Self> {
        let (workspace, channel) = (WorkspaceId(ids.next()?), ChannelId(ids.next()?));
        let message_ids = welcome::MESSAGES.iter().map(|_| ids.next()).collect::<Result<_>>()?;
        let key = keys.of_channel(Some(workspace), channel).await?;
        let sealer = keys.name_sealer(Some(workspace)).await?;
        Ok(Self { workspace, channel, name, description, message_ids, key, sealer })
    }

    fn keys(&self) -> (JournalKey, JournalKey) {
        (JournalKey::workspace(self.workspace), JournalKey::channel(self.channel))
    }

    /// The new journals; the owner's own is the caller's to list, with [`Self::OWNER_VERSIONS`].
    pub(crate) fn touches(&self) -> Vec<Touch> {
        let (workspace, channel) = self.keys();
        let messages = u32::try_from(self.message_ids.len()).unwrap_or(0);
        vec![
            Touch::many(workspace, 3).access().create(),
            Touch::many(channel, 2 + messages).access().create().numbers(messages, false),
        ]
    }

    /// Writes everything. `owner_nth` is the first of the versions taken from the owner's journal.
    pub(crate) async fn write(
        &self,
        tx: &Tx,
        engine: Engine,
        granted: &Granted,
        owner: &UserView,
        owner_nth: u32,
    ) -> Result<Founded> {
        let workspace = self.workspace_row(granted, owner);
        let member = self.member_row(granted, owner, owner_nth);
        let channel = self.channel_row(granted, owner);
        let view = workspaces::view(&workspace);
        let listed = channels::view(&channel, Vec::new());
        let mut events = self.told(granted, owner, owner_nth, &view, &member, &listed);
        workspaces::insert(tx, &self.sealer, workspace).await?;
        members::put_in_workspace(tx, member).await?;
        channels::insert(tx, &self.sealer, channel).await?;
        let people = [Person { user: owner.clone(), nth: owner_nth + 1 }];
        events.extend(admission::admit(tx, engine, granted, Door::of(self.channel, 1), &people).await?.events);
        events.extend(self.welcome(tx, granted).await?);
        Ok(Founded { workspace: view, events })
    }

    fn workspace_row(&self, granted: &Granted, owner: &UserView) -> workspace::Model {
        workspace::Model {
            id: self.workspace.0,
            name: self.name.text.clone(),
            description: self.description.clone(),
            default_channel_id: self.channel.0,
            created_by: owner.id.0,
            created_ms: granted.now_ms,
            version: granted.version(self.keys().0, 0),
            sealed: None,
        }
    }

    fn member_row(&self, granted: &Granted, owner: &UserView, owner_nth: u32) -> workspace_member::Model {
        workspace_member::Model {
            workspace_id: self.workspace.0,
            user_id: owner.id.0,
            role: Role::Owner.code(),
            joined_ms: granted.now_ms,
            removed: false,
            version: granted.version(self.keys().0, 1),
            user_version: granted.version(JournalKey::user(owner.id), owner_nth),
        }
    }

    fn channel_row(&self, granted: &Granted, owner: &UserView) -> channel::Model {
        channel::Model {
            id: self.channel.0,
            workspace_id: Some(self.workspace.0),
            kind: ChannelKind::Public.code(),
            name: welcome::CHANNEL.to_owned(),
            name_folded: Some(welcome::CHANNEL.to_owned()),
            topic: welcome::TOPIC.to_owned(),
            archived: false,
            conversation_key: None,
            created_by: owner.id.0,
            created_ms: granted.now_ms,
            version: granted.version(self.keys().1, 0),
            list_version: granted.version(self.keys().0, 2),
            overrides_version: 0,
            sealed: None,
        }
    }

    fn told(
        &self,
        granted: &Granted,
        owner: &UserView,
        owner_nth: u32,
        workspace: &WorkspaceView,
        member: &workspace_member::Model,
        channel: &plexichat_model::channel::ChannelView,
    ) -> Vec<JournalEvent> {
        let (of_workspace, of_channel) = self.keys();
        let joined = Event::WorkspaceMemberUpdated { member: members::workspace_view(member), user: owner.clone() };
        let own = Event::WorkspaceMembershipUpdated { membership: members::own_workspace_view(member) };
        vec![
            granted.event(of_workspace, 0, Event::WorkspaceUpdated { workspace: workspace.clone() }),
            granted.event(of_workspace, 1, joined),
            granted.event(of_workspace, 2, Event::ChannelListed { channel: channel.clone() }),
            granted.event(of_channel, 0, Event::ChannelUpdated { channel: channel.clone() }),
            granted.event(JournalKey::user(owner.id), owner_nth, own),
        ]
    }

    async fn welcome(&self, tx: &Tx, granted: &Granted) -> Result<Vec<JournalEvent>> {
        let key = self.keys().1;
        let rows: Vec<message::Model> = (0u32..)
            .zip(self.message_ids.iter().zip(welcome::MESSAGES))
            .map(|(nth, (id, text))| message::Model {
                id: *id,
                channel_id: self.channel.0,
                number: granted.number(key, nth),
                version: granted.version(key, 2 + nth),
                author_id: SYSTEM_ACCOUNT.0,
                nonce: None,
                thread_id: None,
                kind: messages::kind_code(MessageKind::System),
                flags: 0,
                body: messages::encode(text, &[]),
                created_ms: granted.now_ms,
                edited_ms: None,
                deleted: false,
            })
            .collect();
        let tell = |(nth, row): (u32, &message::Model)| {
            let event = Event::MessageCreated { message: messages::view(row)?, thread: None, last_main_number: 0 };
            Ok(granted.event(key, 2 + nth, event))
        };
        let events = (0u32..).zip(&rows).map(tell).collect::<Result<_>>()?;
        let seal =
            |(row, text): (message::Model, &str)| Ok(message::Model { body: bodies::seal(&self.key, row.id, text, &[])?, ..row });
        let sealed = rows.into_iter().zip(welcome::MESSAGES).map(seal).collect::<Result<_>>()?;
        workspaces::first_messages(tx, sealed).await?;
        Ok(events)
    }
}
