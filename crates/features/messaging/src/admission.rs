//! The one way a membership of a channel begins or ends, inside the change that causes it.
//!
//! Guarantees: whoever is in already is left as they are; who joins starts reading where they joined and never
//! counts broadcasts from before; the person's own journal always tells, the channel's journal tells unless the
//! channel is so large that joins are no events. An ended membership is always told. Access of one person is
//! stamped on their own journal when it grows, on the channel's when it ends.

use crate::store::members;
use plexichat_database::{Engine, Tx, entity::channel_member};
use plexichat_events::{Granted, Touch};
use plexichat_kernel::Result;
use plexichat_model::{ChannelId, Event, JournalEvent, JournalKey, channel::NotifyLevel, limits, user::UserView};

/// Most people whose journals one change advances; more are let in by several changes.
pub(crate) const PEOPLE_PER_CHANGE: usize = 50;

/// Somebody let in or out, and which version of their journal tells them.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// Profile, as the event shows it.
    pub(crate) user: UserView,
    /// Which of the versions taken from their journal tells of this membership.
    pub(crate) nth: u32,
}

impl Person {
    /// Somebody whose journal gives this membership its first version.
    pub(crate) fn first(user: UserView) -> Self {
        Self { user, nth: 0 }
    }

    /// The touch of somebody who is let in by a change that says nothing else to them.
    pub(crate) fn touch(&self) -> Touch {
        Touch::one(JournalKey::user(self.user.id)).access()
    }
}

/// Into which channel, from which of its versions on, with which setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Door {
    /// Channel.
    pub(crate) channel: ChannelId,
    /// The first of the versions taken from its journal, one a person.
    pub(crate) first_nth: u32,
    /// What notifies those who were never here before.
    pub(crate) notify: NotifyLevel,
}

impl Door {
    /// Of an ordinary channel.
    pub(crate) fn of(channel: ChannelId, first_nth: u32) -> Self {
        Self { channel, first_nth, notify: NotifyLevel::default() }
    }
}

/// What an admission did.
#[derive(Debug, Default)]
pub(crate) struct Admitted {
    /// Everybody asked for, as they are members now.
    pub(crate) rows: Vec<channel_member::Model>,
    /// For both journals.
    pub(crate) events: Vec<JournalEvent>,
}

/// Lets people in.
pub(crate) async fn admit(tx: &Tx, engine: Engine, granted: &Granted, door: Door, people: &[Person]) -> Result<Admitted> {
    let key = JournalKey::channel(door.channel);
    let head = granted.head(key);
    let ids: Vec<i64> = people.iter().map(|p| p.user.id.0).collect();
    let mut known = members::all_in_channel(tx, door.channel, &ids).await?;
    let large = members::more_than(tx, engine, door.channel, limits::JOIN_EVENT_MEMBERS).await?;
    let (mut out, mut new) = (Admitted::default(), Vec::new());
    for (nth, person) in (door.first_nth..).zip(people) {
        let before = known.remove(&person.user.id.0);
        if let Some(row) = before.as_ref().filter(|row| !row.removed) {
            out.rows.push(row.clone());
            continue;
        }
        let own = JournalKey::user(person.user.id);
        let row = channel_member::Model {
            channel_id: door.channel.0,
            user_id: person.user.id.0,
            joined_ms: granted.now_ms,
            joined_number: head.number,
            removed: false,
            version: granted.version(key, nth),
            notify: before.map_or(door.notify.code(), |row| row.notify),
            user_version: granted.version(own, person.nth),
        };
        if !large {
            let event = Event::ChannelMemberUpdated { member: members::channel_view(&row), user: person.user.clone() };
            out.events.push(granted.event(key, nth, event));
        }
        let event = Event::MembershipUpdated { membership: members::own_channel_view(&row) };
        out.events.push(granted.event(own, person.nth, event));
        out.rows.push(row.clone());
        new.push(row);
    }
    members::put_in_channel(tx, &new).await?;
    members::begin_reading(tx, engine, &new, head.main_number).await?;
    Ok(out)
}

/// Lets somebody out; nothing happens when they are not in. `nth` is the channel's version that tells.
pub(crate) async fn dismiss(
    tx: &Tx,
    granted: &Granted,
    channel: ChannelId,
    nth: u32,
    person: &Person,
) -> Result<Option<Vec<JournalEvent>>> {
    let (key, own) = (JournalKey::channel(channel), JournalKey::user(person.user.id));
    let Some(mut row) = members::in_channel(tx, channel, person.user.id).await?.filter(|row| !row.removed) else {
        return Ok(None);
    };
    row.removed = true;
    row.version = granted.version(key, nth);
    row.user_version = granted.version(own, person.nth);
    members::put_in_channel(tx, std::slice::from_ref(&row)).await?;
    let told = Event::ChannelMemberUpdated { member: members::channel_view(&row), user: person.user.clone() };
    let own_told = Event::MembershipUpdated { membership: members::own_channel_view(&row) };
    Ok(Some(vec![granted.event(key, nth, told), granted.event(own, person.nth, own_told)]))
}
