//! Whom a text addresses, and whether so many may be addressed.
//!
//! `@handle` names people who are in the channel or may join it; `@everyone`, `@here`, `@owners`, `@admins`,
//! `@members`, `@guests` are broadcasts. The first 50 distinct names are resolved, further ones stay plain text.
//! A broadcast that reaches more than 50 people needs the permission and the sender's confirmation.

use crate::{
    Messaging,
    store::{members, mentions as store},
    text,
};
use plexichat_auth::access::ChannelAccess;
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{
    ErrorCode, Permission, UserId,
    channel::ChannelKind,
    limits::{BROADCAST_CONFIRM, MESSAGE_MENTIONS},
    message::Mention,
    permission::Role,
};
use std::collections::HashMap;

/// A name in a text, before accounts are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Named {
    Broadcast(Mention),
    /// The same name with and without the punctuation behind it; the longer is tried first.
    Handles(Vec<String>),
}

fn broadcast(name: &str, conversation: bool) -> Option<Mention> {
    match name {
        "everyone" => Some(Mention::Everyone),
        "here" => Some(Mention::Here),
        // A conversation belongs to no workspace: nobody has a role in it.
        _ if conversation => None,
        "owners" => Some(Mention::Role(Role::Owner)),
        "admins" => Some(Mention::Role(Role::Admin)),
        "members" => Some(Mention::Role(Role::Member)),
        "guests" => Some(Mention::Role(Role::Guest)),
        _ => None,
    }
}

/// The distinct names of a text in their order, at most 50.
fn named(text: &str, conversation: bool) -> Vec<Named> {
    let mut out: Vec<Named> = Vec::new();
    for name in text::names(text) {
        let full = name.to_ascii_lowercase();
        let mut handles = vec![full.clone()];
        let mut short = full.as_str();
        while let Some(shorter) = short.strip_suffix(['.', '-', '_']) {
            short = shorter;
            handles.push(short.to_owned());
        }
        handles.retain(|handle| handle.len() >= 2);
        let found =
            handles.iter().find_map(|handle| broadcast(handle, conversation)).map_or(Named::Handles(handles), Named::Broadcast);
        if !out.contains(&found) && found != Named::Handles(Vec::new()) {
            out.push(found);
            if out.len() == MESSAGE_MENTIONS {
                break;
            }
        }
    }
    out
}

fn resolved(named: Vec<Named>, accounts: &HashMap<String, UserId>) -> Vec<Mention> {
    let mut out = Vec::with_capacity(named.len());
    for name in named {
        let mention = match name {
            Named::Broadcast(mention) => Some(mention),
            Named::Handles(handles) => handles.iter().find_map(|handle| accounts.get(handle)).copied().map(Mention::User),
        };
        out.extend(mention.filter(|mention| !out.contains(mention)));
    }
    out
}

/// Whether a mention may reach people who were not named.
pub(crate) fn is_broadcast(mention: Mention) -> bool {
    !matches!(mention, Mention::User(_))
}

impl Messaging {
    /// Whom a text addresses in a channel.
    pub(crate) async fn resolve_mentions(&self, access: &ChannelAccess, text: &str) -> Result<Vec<Mention>> {
        let channel = access.channel();
        let named = named(text, channel.kind.is_conversation());
        let handles: Vec<String> = named
            .iter()
            .flat_map(|name| match name {
                Named::Handles(handles) => handles.clone(),
                Named::Broadcast(_) => Vec::new(),
            })
            .collect();
        let open_to = channel.workspace_id.filter(|_| matches!(channel.kind, ChannelKind::Public | ChannelKind::Announcement));
        let indexes = self.auth.handle_indexes(&handles).await?;
        let found = store::resolve(self.db.reader(), self.db.engine(), channel.id, open_to, &indexes).await?;
        let found = handles.into_iter().zip(&indexes).filter_map(|(handle, index)| Some((handle, *found.get(index)?)));
        Ok(resolved(named, &found.collect()))
    }

    /// Whether these mentions reach more people than anybody may address.
    pub(crate) async fn reaches_many(&self, access: &ChannelAccess, mentions: &[Mention]) -> Result<bool> {
        let (conn, engine, channel) = (self.db.reader(), self.db.engine(), access.channel());
        if mentions.iter().any(|m| matches!(m, Mention::Everyone | Mention::Here)) {
            return members::more_than(conn, engine, channel.id, BROADCAST_CONFIRM).await;
        }
        let roles: Vec<Role> =
            mentions.iter().filter_map(|m| if let Mention::Role(role) = m { Some(*role) } else { None }).collect();
        match channel.workspace_id {
            Some(workspace) => store::roles_reach_more(conn, engine, channel.id, workspace, &roles, BROADCAST_CONFIRM).await,
            None => Ok(false),
        }
    }

    /// Requires permission and confirmation of a broadcast to many; gives the access with what it now must hold.
    pub(crate) async fn permit_broadcast(
        &self,
        caller: &Caller,
        access: ChannelAccess,
        needed: Permission,
        mentions: &[Mention],
        confirmed: bool,
    ) -> Result<ChannelAccess> {
        if !mentions.iter().copied().any(is_broadcast) || !self.reaches_many(&access, mentions).await? {
            return Ok(access);
        }
        let channel_id = access.channel_id();
        // What is refused by what this node holds is asked again of the database.
        let access = match access.require(Permission::MentionMany) {
            Ok(access) => access,
            Err(_) => self.auth.channel(caller, channel_id).await?.require(needed)?.require(Permission::MentionMany)?,
        };
        if confirmed {
            return Ok(access);
        }
        let message = format!("this mentions more than {BROADCAST_CONFIRM} people; send it again with confirm_broadcast");
        Err(Error::conflict(ErrorCode::ConfirmationNeeded, message).with_field("confirm_broadcast"))
    }
}

#[cfg(test)]
mod tests {
    use super::{named, resolved};
    use plexichat_model::{UserId, message::Mention, permission::Role};
    use std::collections::HashMap;

    fn mentions(text: &str, conversation: bool) -> Vec<Mention> {
        let accounts =
            HashMap::from([("ada".to_owned(), UserId(1)), ("bob.".to_owned(), UserId(2)), ("bob".to_owned(), UserId(3))]);
        resolved(named(text, conversation), &accounts)
    }

    #[test]
    fn names_become_mentions_once_and_in_order() {
        for (text, expected) in [
            ("@ada and @ADA", vec![Mention::User(UserId(1))]),
            ("@ada...", vec![Mention::User(UserId(1))]),
            ("@bob. is not @bob", vec![Mention::User(UserId(2)), Mention::User(UserId(3))]),
            ("@nobody", vec![]),
            ("@everyone. @here @Admins", vec![Mention::Everyone, Mention::Here, Mention::Role(Role::Admin)]),
            ("`@everyone`", vec![]),
        ] {
            assert_eq!(mentions(text, false), expected, "{text:?}");
        }
        assert_eq!(mentions("@admins @everyone", true), [Mention::Everyone]);
    }

    #[test]
    fn the_fifty_first_name_stays_text() {
        let text = (0..60).map(|n| format!("@user{n}")).collect::<Vec<_>>().join(" ");
        assert_eq!(named(&text, false).len(), 50);
    }
}
