//! How much of channels a socket wants.
//!
//! All or nothing: the right to every channel is asked first, then those to be read are held, read and their right is
//! proven again. What fails in between leaves every channel exactly as it was: followed from where it was, or not.

use std::sync::Arc;

use plexichat_auth::access::ChannelAccess;
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::gateway::{ChannelChanges, CommandResult, Level, ServerFrame, Subscription};
use plexichat_model::sync::Changes;
use plexichat_model::{ChannelId, JournalKey, Permission, limits};

use super::catch_up::{Follow, windows};
use super::commands::Outcome;
use super::follows::Follows;
use super::handle::Handle;
use crate::realtime::hub::Interest;
use crate::realtime::{Core, encode};

/// Refuses a command that could not be obeyed, before anything is asked.
pub(super) fn check(follows: &Follows, channels: &[Subscription]) -> Result<()> {
    if channels.len() > limits::PAGE_ITEMS {
        return Err(
            Error::limit_reached(format!("at most {} channels in one command", limits::PAGE_ITEMS)).with_field("channels")
        );
    }
    if channels.iter().any(|channel| channel.after.is_some_and(|after| after < 0)) {
        return Err(Error::invalid("channels", "a position is 0 or more"));
    }
    let mut ids: Vec<ChannelId> = channels.iter().map(|channel| channel.channel_id).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Error::invalid("channels", "name each channel once"));
    }
    let levels: Vec<(ChannelId, Level)> = channels.iter().map(|channel| (channel.channel_id, channel.level)).collect();
    if follows.open_after(&levels) > limits::OPEN_CHANNELS {
        let message = format!("at most {} channels are open on one socket; close some", limits::OPEN_CHANNELS);
        return Err(Error::limit_reached(message).with_field("channels"));
    }
    Ok(())
}

/// One channel of the command.
struct Wanted {
    index: usize,
    id: ChannelId,
    after: Option<i64>,
    interest: Interest,
    access: ChannelAccess,
}

impl Wanted {
    fn key(&self) -> JournalKey {
        JournalKey::channel(self.id)
    }

    fn fault(&self, error: &Error) -> Error {
        error.clone().within(&format!("channels[{}]", self.index))
    }
}

/// Obeys. `followed`: those of the channels that the socket follows already.
pub(super) async fn subscribe(
    core: &Core,
    caller: &Caller,
    socket: &Arc<Handle>,
    followed: &[ChannelId],
    id: u64,
    channels: &[Subscription],
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut to_read = Vec::new();
    for (index, channel) in channels.iter().enumerate() {
        let wanted = wanted(core, caller, index, channel).await?;
        let is_open = channel.level == Level::Open;
        match (is_open, wanted.access.membership().is_some(), followed.contains(&wanted.id)) {
            (false, true, true) => outcome.levels.push((wanted.id, channel.level)),
            // Who is no member follows only what is open.
            (false, false, _) => outcome.ended.push(wanted.key()),
            (true, ..) | (false, true, false) => to_read.push(wanted),
        }
    }
    let held = core.hub.hold(socket, to_read.iter().map(|wanted| (wanted.key(), wanted.interest)).collect()).await;
    let mut told = Vec::new();
    for wanted in &to_read {
        match read(core, caller, wanted, &mut told).await {
            Ok(after) => {
                outcome.positions.push((wanted.key(), after));
                outcome.followed.push(Follow { key: wanted.key(), interest: wanted.interest, after });
            }
            Err(error) => {
                held.undo().await;
                return Err(wanted.fault(&error));
            }
        }
    }
    for (id, level) in &outcome.levels {
        core.hub.set_level(socket.id, JournalKey::channel(*id), *level).await;
    }
    outcome.held = Some(held);
    let result = CommandResult { id, message: None, changes: told, presence: Vec::new() };
    outcome.frames.push(encode::frame(&ServerFrame::Result(result)));
    Ok(outcome)
}

async fn wanted(core: &Core, caller: &Caller, index: usize, channel: &Subscription) -> Result<Wanted> {
    let id = channel.channel_id;
    let access = core.auth().channel(caller, id).await.and_then(|access| access.require(Permission::ViewChannel));
    let access = access.map_err(|error| error.within(&format!("channels[{index}]")))?;
    let (kind, workspace) = (access.channel().kind, access.channel().workspace_id);
    let interest = Interest::in_channel(kind, workspace, channel.level, access.role());
    Ok(Wanted { index, id, after: channel.after, interest, access })
}

/// Reads what is asked for of a channel that is held; answers where it goes on.
async fn read(core: &Core, caller: &Caller, wanted: &Wanted, told: &mut Vec<ChannelChanges>) -> Result<i64> {
    let after = wanted.after.filter(|_| wanted.interest.level == Level::Open);
    let position = match after {
        Some(after) => {
            let changes = one(windows(core, caller, wanted.key(), after).await?);
            let up_to = changes.up_to;
            told.push(ChannelChanges { channel_id: wanted.id, changes });
            up_to
        }
        None => core.messaging.journal().head(wanted.key()).await?.map_or(0, |head| head.version),
    };
    // After the position: who lost the right before it would never be told.
    wanted.access.confirm().await?;
    Ok(position)
}

/// Windows that follow each other as one answer.
fn one(windows: Vec<Changes>) -> Changes {
    let whole = windows.into_iter().reduce(|mut whole, next| {
        whole.up_to = next.up_to;
        whole.events.extend(next.events);
        whole.more = next.more;
        whole.reset |= next.reset;
        whole
    });
    whole.unwrap_or_else(|| Changes { epoch: String::new(), up_to: 0, events: Vec::new(), more: false, reset: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(ids: impl IntoIterator<Item = i64>) -> Vec<Subscription> {
        ids.into_iter().map(|id| Subscription { channel_id: ChannelId(id), level: Level::Open, after: None }).collect()
    }

    #[test]
    fn what_cannot_be_obeyed_is_refused_before() {
        let follows = Follows::default();
        assert!(check(&follows, &wants(1..=20)).is_ok());
        assert_eq!(check(&follows, &wants(1..=21)).map_err(|error| error.code()), Err(plexichat_model::ErrorCode::LimitReached));
        assert!(check(&follows, &wants([1, 2, 1])).is_err(), "a channel twice");
        let mut behind = wants([1]);
        behind[0].after = Some(-1);
        assert!(check(&follows, &behind).is_err());
    }
}
