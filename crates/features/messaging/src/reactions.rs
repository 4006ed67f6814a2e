//! Reactions: one emoji of one person on one message.
//!
//! Adding one that is there and removing one that is not change nothing and say nothing. Events carry the number
//! of people afterwards, so that applying one twice is harmless.

use crate::{
    Messaging,
    store::{messages, reactions},
};
use plexichat_auth::access::ChannelAccess;
use plexichat_database::{
    Engine, Tx,
    entity::{message, reaction},
};
use plexichat_events::{Applied, Change, Granted, Stamp, Touch};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{
    ChannelId, Event, JournalKey, MessageId, Permission,
    limits::{EMOJI_BYTES, MESSAGE_REACTIONS},
};
use unicode_segmentation::UnicodeSegmentation as _;

impl Messaging {
    /// Adds the caller's reaction.
    pub async fn add_reaction(&self, caller: &Caller, channel_id: ChannelId, message_id: MessageId, emoji: &str) -> Result<()> {
        self.react(caller, channel_id, message_id, emoji, false).await
    }

    /// Removes the caller's reaction.
    pub async fn remove_reaction(
        &self,
        caller: &Caller,
        channel_id: ChannelId,
        message_id: MessageId,
        emoji: &str,
    ) -> Result<()> {
        self.react(caller, channel_id, message_id, emoji, true).await
    }

    async fn react(
        &self,
        caller: &Caller,
        channel_id: ChannelId,
        message_id: MessageId,
        emoji: &str,
        remove: bool,
    ) -> Result<()> {
        check_emoji(emoji)?;
        let access = self.auth.presume_channel(caller, channel_id, &[Permission::AddReactions]).await?;
        let conn = self.db.reader();
        let row = messages::by_id(conn, channel_id, message_id).await?;
        row.filter(|row| !row.deleted).ok_or_else(|| Error::not_found("message", message_id))?;
        let held = reactions::one(conn, message_id.0, emoji, access.user_id().0).await?;
        if held.is_none_or(|row| row.removed) == remove {
            return access.confirm().await;
        }
        let change = ReactionChange { access, engine: self.db.engine(), message_id, emoji: emoji.to_owned(), remove };
        self.journal.commit(change).await.map(|_| ())
    }
}

/// One grapheme cluster that is drawn as an emoji, or `:name:`.
fn check_emoji(emoji: &str) -> Result<()> {
    if emoji.len() > EMOJI_BYTES {
        return Err(Error::invalid("emoji", format!("an emoji has at most {EMOJI_BYTES} bytes")));
    }
    if is_name(emoji) || (emoji.graphemes(true).count() == 1 && is_pictograph(emoji)) {
        return Ok(());
    }
    Err(Error::invalid("emoji", "react with one emoji, or with a name between colons such as :wave:"))
}

fn is_name(text: &str) -> bool {
    let name = text.strip_prefix(':').and_then(|rest| rest.strip_suffix(':'));
    name.is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'+'))
    })
}

/// Whether a grapheme cluster is a flag, a key cap or a picture, with the skin tones and joiners that belong to it.
fn is_pictograph(cluster: &str) -> bool {
    const KEY_CAP: char = '\u{20e3}';
    const AS_PICTURE: char = '\u{fe0f}';
    let mut chars = cluster.chars();
    let Some(first) = chars.next() else { return false };
    let rest: Vec<char> = chars.collect();
    match first {
        '0'..='9' | '#' | '*' => rest == [AS_PICTURE, KEY_CAP] || rest == [KEY_CAP],
        '\u{1f1e6}'..='\u{1f1ff}' => rest.len() == 1 && matches!(rest[0], '\u{1f1e6}'..='\u{1f1ff}'),
        _ => is_picture(first) && rest.iter().all(|c| is_picture(*c) || is_part(*c)),
    }
}

/// Variation selector, joiner, skin tone, tags of sub-flags.
fn is_part(c: char) -> bool {
    matches!(c, '\u{fe0f}' | '\u{200d}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
}

/// The blocks in which Unicode puts pictures, and the emoji among the older symbols outside of them.
fn is_picture(c: char) -> bool {
    matches!(c,
        '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2194}'..='\u{2199}' | '\u{21a9}' | '\u{21aa}'
        | '\u{231a}' | '\u{231b}' | '\u{2328}' | '\u{23cf}' | '\u{23e9}'..='\u{23f3}' | '\u{23f8}'..='\u{23fa}'
        | '\u{25aa}' | '\u{25ab}' | '\u{25b6}' | '\u{25c0}' | '\u{25fb}'..='\u{25fe}' | '\u{2b05}'..='\u{2b07}'
        | '\u{2b1b}' | '\u{2b1c}' | '\u{2b50}' | '\u{2b55}' | '\u{2934}' | '\u{2935}' | '\u{a9}' | '\u{ae}' | '\u{203c}'
        | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{24c2}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}')
}

struct ReactionChange {
    access: ChannelAccess,
    engine: Engine,
    message_id: MessageId,
    emoji: String,
    remove: bool,
}

#[async_trait::async_trait]
impl Change for ReactionChange {
    type Output = ();

    fn touches(&self) -> Vec<Touch> {
        vec![Touch::one(JournalKey::channel(self.access.channel_id()))]
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.access.stamps()
    }

    async fn recheck(&self, tx: &Tx) -> Result<()> {
        self.access.recheck(tx).await
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<()>> {
        let (channel, user) = (self.access.channel_id(), self.access.user_id());
        let key = JournalKey::channel(channel);
        let message = messages::by_id(tx, channel, self.message_id).await?;
        let message = message.filter(|row| !row.deleted).ok_or_else(|| Error::not_found("message", self.message_id))?;
        let held = reactions::one(tx, message.id, &self.emoji, user.0).await?;
        let there = held.as_ref().is_some_and(|row| !row.removed);
        if there != self.remove {
            return Ok(Applied { output: (), events: Vec::new() });
        }
        let version = granted.version(key, 0);
        let before = reactions::tally(tx, self.engine, message.id, &self.emoji).await?;
        let count = if let Some(row) = held.filter(|_| self.remove) {
            reactions::remove(tx, &row, version).await?;
            before.count - 1
        } else {
            self.add(tx, &message, before, version, granted.now_ms).await?;
            before.count + 1
        };
        let event = Event::ReactionUpdated {
            message_id: self.message_id,
            number: message.number,
            emoji: self.emoji.clone(),
            user_id: user,
            removed: self.remove,
            count: u32::try_from(count).unwrap_or(0),
            version,
        };
        Ok(Applied { output: (), events: vec![granted.event(key, 0, event)] })
    }
}

impl ReactionChange {
    async fn add(&self, tx: &Tx, message: &message::Model, before: reactions::Tally, version: i64, now_ms: i64) -> Result<()> {
        if before.count == 0 && before.emoji >= MESSAGE_REACTIONS {
            let text = format!("a message has at most {MESSAGE_REACTIONS} different reactions; use one that is there");
            return Err(Error::limit_reached(text).with_field("emoji"));
        }
        // Strictly after every other reaction of the message, also within one millisecond.
        let created_ms = now_ms.max(before.last_ms + 1);
        if before.count == 0 {
            reactions::begin_anew(tx, message.id, &self.emoji, created_ms).await?;
        }
        let row = reaction::Model {
            message_id: message.id,
            emoji: self.emoji.clone(),
            user_id: self.access.user_id().0,
            channel_id: message.channel_id,
            number: message.number,
            created_ms,
            removed: false,
            version,
        };
        reactions::put(tx, row).await?;
        if message.flags & messages::HAS_REACTIONS == 0 {
            messages::flag(tx, self.engine, &[message.id], messages::HAS_REACTIONS).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::check_emoji;

    #[test]
    fn one_emoji_or_a_name() {
        for good in [
            "\u{1f44d}",
            "\u{1f44d}\u{1f3fd}",
            "\u{2764}\u{fe0f}",
            "\u{2764}",
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
            "\u{1f1e9}\u{1f1ea}",
            "1\u{fe0f}\u{20e3}",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
            ":wave:",
            ":+1:",
            ":party-parrot_2:",
            "\u{a9}\u{fe0f}",
            "\u{1fae1}",
        ] {
            assert!(check_emoji(good).is_ok(), "{good}");
        }
        let long = format!(":{}:", "a".repeat(63));
        for bad in [
            "",
            "a",
            "1",
            "ab",
            "\u{1f44d}\u{1f44d}",
            ":",
            "::",
            ":A:",
            ":a b:",
            "\u{200d}",
            "\u{fe0f}",
            "\u{1f1e9}",
            "é",
            "<",
            " ",
            long.as_str(),
        ] {
            assert!(check_emoji(bad).is_err(), "{bad:?}");
        }
    }
}
