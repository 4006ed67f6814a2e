//! Direct and group conversations: 2–20 people, fixed; the same people always share the same conversation.
//!
//! Guarantees: everybody in it is visible to who opens it; two who open at once get one conversation, because
//! its key (a digest of the sorted people) is unique in the database. Conversations belong to the instance.

use crate::{
    Messaging,
    admission::{self, Door, Person},
    store::channels,
};
use plexichat_audit::Action;
use plexichat_auth::AdminAccess;
use plexichat_database::{Engine, Tx, entity::channel};
use plexichat_events::{Applied, Change, Granted, Stamp, Touch};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_keys::names::NameSealer;
use plexichat_model::{
    ChannelId, ErrorCode, Event, JournalKey, Permission, UserId,
    channel::{ChannelKind, ChannelState, NewConversation, NotifyLevel},
    limits,
    user::{AccountStatus, UserView},
};

/// A conversation and whether this call opened it.
#[derive(Clone, Debug)]
pub struct OpenedConversation {
    /// The conversation as the caller stands to it.
    pub state: ChannelState,
    /// False when it existed.
    pub created: bool,
}

impl Messaging {
    /// Opens the conversation with these people, or answers the one there is.
    pub async fn open_conversation(&self, caller: &Caller, new: NewConversation) -> Result<OpenedConversation> {
        let access = self.auth.admin(caller).await?.require(Permission::StartConversations)?;
        let me = access.user_id();
        let people = everybody(me, &new.user_ids)?;
        let others = self.others(caller, me, &people).await?;
        let key = conversation_key(&people);
        if let Some(row) = channels::by_conversation_key(self.db.reader(), &key).await? {
            return Ok(OpenedConversation { state: self.channel_state(me, row.id.into()).await?, created: false });
        }
        if let Some(gone) = others.iter().find(|user| user.status == AccountStatus::Deactivated) {
            let message = format!("{} has left; they cannot be written to", gone.display_name);
            return Err(Error::conflict(ErrorCode::Conflict, message).with_field("user_ids"));
        }
        self.check_room(&people).await?;
        let people = self.profiles(&people).await?.into_iter().map(Person::first).collect();
        let id = ChannelId(self.journal.ids().next()?);
        let sealer = self.keys().name_sealer(None).await?;
        let change = OpenConversation { engine: self.db.engine(), access, id, key: key.clone(), people, sealer };
        let record = self.auth.audit().record(caller, Action::ConversationOpened).await?.on("channel", id);
        let ids: Vec<String> = change.people.iter().map(|person| person.user.id.to_string()).collect();
        match self.journal.commit(record.with("accounts", ids).along(change)).await {
            Ok(_) => Ok(OpenedConversation { state: self.channel_state(me, id).await?, created: true }),
            // Somebody else opened it between the look-up and the commit.
            Err(error) if error.code() == ErrorCode::Conflict => {
                let row = channels::by_conversation_key(self.db.reader(), &key).await?.ok_or(error)?;
                Ok(OpenedConversation { state: self.channel_state(me, row.id.into()).await?, created: false })
            }
            Err(error) => Err(error),
        }
    }

    async fn others(&self, caller: &Caller, me: UserId, people: &[UserId]) -> Result<Vec<UserView>> {
        let ids: Vec<UserId> = people.iter().copied().filter(|id| *id != me).collect();
        let found = self.auth.users(caller, &ids).await?;
        match ids.iter().find(|id| !found.iter().any(|user| user.id == **id)) {
            Some(missing) => Err(Error::not_found("account", missing).with_field("user_ids")),
            None => Ok(found),
        }
    }
}

/// The caller and the others, each once, in id order.
fn everybody(me: UserId, others: &[UserId]) -> Result<Vec<UserId>> {
    if others.len() > limits::GROUP_MEMBERS * 2 {
        return Err(too_many());
    }
    let mut people: Vec<UserId> = others.to_vec();
    people.push(me);
    people.sort_unstable();
    people.dedup();
    if others.is_empty() {
        return Err(Error::invalid("user_ids", "name at least one other person"));
    }
    if people.len() < 2 {
        return Err(Error::conflict(ErrorCode::Conflict, "name at least one other person").with_field("user_ids"));
    }
    if people.len() > limits::GROUP_MEMBERS {
        return Err(too_many());
    }
    if people.contains(&plexichat_kernel::caller::SYSTEM_ACCOUNT) {
        let message = "the instance itself does not converse; name people";
        return Err(Error::conflict(ErrorCode::Conflict, message).with_field("user_ids"));
    }
    Ok(people)
}

fn too_many() -> Error {
    let message = format!("a conversation has at most {} people; create a private channel for more", limits::GROUP_MEMBERS);
    Error::limit_reached(message).with_field("user_ids")
}

/// What is unique about these people: 64 hexadecimal digits of a digest of their sorted ids.
fn conversation_key(people: &[UserId]) -> String {
    let mut hasher = blake3::Hasher::new();
    for id in people {
        hasher.update(&id.0.to_be_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

struct OpenConversation {
    engine: Engine,
    access: AdminAccess,
    id: ChannelId,
    key: String,
    people: Vec<Person>,
    sealer: NameSealer,
}

#[async_trait::async_trait]
impl Change for OpenConversation {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        let versions = 1 + u32::try_from(self.people.len()).unwrap_or(u32::MAX - 1);
        let mut touches = vec![Touch::many(JournalKey::channel(self.id), versions).access().create()];
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
        let kind = if self.people.len() == 2 { ChannelKind::Direct } else { ChannelKind::Group };
        let key = JournalKey::channel(self.id);
        let row = channel::Model {
            id: self.id.0,
            workspace_id: None,
            kind: kind.code(),
            name: String::new(),
            name_folded: None,
            topic: String::new(),
            archived: false,
            conversation_key: Some(self.key.clone()),
            created_by: self.access.user_id().0,
            created_ms: granted.now_ms,
            version: granted.version(key, 0),
            list_version: 0,
            overrides_version: 0,
            sealed: None,
        };
        let view = channels::view(&row, self.people.iter().map(|p| p.user.id).collect());
        channels::insert(tx, &self.sealer, row).await?;
        let door = Door { notify: NotifyLevel::All, ..Door::of(self.id, 1) };
        let admitted = admission::admit(tx, self.engine, granted, door, &self.people).await?;
        let mut events = vec![granted.event(key, 0, Event::ChannelUpdated { channel: view })];
        events.extend(admitted.events);
        Ok(Applied { output: (), events })
    }
}

#[cfg(test)]
mod tests {
    use super::{conversation_key, everybody};
    use plexichat_model::{ErrorCode, UserId};

    #[test]
    fn the_same_people_have_the_same_key() {
        let one = everybody(UserId(5), &[UserId(9), UserId(7), UserId(9), UserId(5)]).expect("three people");
        let two = everybody(UserId(9), &[UserId(5), UserId(7)]).expect("three people");
        assert_eq!(conversation_key(&one), conversation_key(&two));
        assert_eq!(conversation_key(&one).len(), 64);
        assert_ne!(conversation_key(&one), conversation_key(&one[..2]));
    }

    #[test]
    fn two_to_twenty_people_converse() {
        let ids = |n: i64| (10..10 + n).map(UserId).collect::<Vec<_>>();
        assert_eq!(everybody(UserId(5), &[UserId(5)]).expect_err("alone").code(), ErrorCode::Conflict);
        assert_eq!(everybody(UserId(5), &[]).expect_err("nobody").code(), ErrorCode::Invalid);
        assert!(everybody(UserId(5), &ids(19)).is_ok());
        assert_eq!(everybody(UserId(5), &ids(20)).expect_err("21").code(), ErrorCode::LimitReached);
        assert!(everybody(UserId(5), &[UserId(1)]).is_err());
    }
}
