//! From a position to now: holds journals in the hub, reads what moved, says where to go on.
//!
//! Order is everything: hold first, then compare heads, then read. What is committed after the hold is kept by
//! the hub; what was committed before it is in what is read.

use std::sync::Arc;

use plexichat_kernel::{Caller, Result};
use plexichat_model::gateway::{Badge, Level, ServerFrame};
use plexichat_model::sync::Changes;
use plexichat_model::{JournalKey, limits};

use super::handle::Handle;
use crate::realtime::Core;
use crate::realtime::hub::{Interest, badge, merged};

/// Windows of `changes` sent for one journal; a client further behind loads it anew.
const WINDOWS: usize = 5;

/// A journal to follow, from a position.
#[derive(Clone, Copy, Debug)]
pub(super) struct Follow {
    pub(super) key: JournalKey,
    pub(super) interest: Interest,
    /// What the client holds.
    pub(super) after: i64,
}

/// Where the client stands after a catch-up.
#[derive(Debug, Default)]
pub(super) struct CaughtUp {
    /// `changes` of journals that moved.
    pub(super) changes: Vec<(JournalKey, Changes)>,
    /// Badges of channels that moved.
    pub(super) badges: Vec<Badge>,
    /// Where each journal goes on live.
    pub(super) positions: Vec<(JournalKey, i64)>,
    /// How each is followed.
    pub(super) followed: Vec<Follow>,
}

impl CaughtUp {
    /// The frames that tell of it.
    pub(super) fn frames(&mut self) -> Vec<ServerFrame> {
        // The person's own journal comes last: a cursor carries the count of all that its channel holds by now.
        self.changes.sort_by_key(|(key, _)| key.kind);
        let changes = self.changes.drain(..).map(|(journal, changes)| ServerFrame::Changes { journal, changes });
        let mut frames: Vec<ServerFrame> = changes.collect();
        let badges = std::mem::take(&mut self.badges);
        frames.extend(badges.chunks(limits::PAGE_ITEMS).map(|part| ServerFrame::Badges { channels: part.to_vec() }));
        frames
    }
}

/// Follows these journals from these positions. A journal the caller may not follow is left out.
pub(super) async fn catch_up(core: &Core, caller: &Caller, socket: &Arc<Handle>, follows: Vec<Follow>) -> Result<CaughtUp> {
    core.hub.hold(socket, follows.iter().map(|follow| (follow.key, follow.interest)).collect()).await;
    let mut caught = CaughtUp::default();
    for part in follows.chunks(500) {
        let keys: Vec<JournalKey> = part.iter().map(|follow| follow.key).collect();
        let heads = core.messaging.journal().heads(&keys).await?;
        for follow in part {
            let head = heads.get(&follow.key).map_or(0, |head| head.version);
            let moved =
                if head == follow.after { Some(head) } else { move_on(core, caller, socket, follow, head, &mut caught).await? };
            match moved {
                Some(position) => {
                    caught.positions.push((follow.key, position));
                    caught.followed.push(*follow);
                }
                None => core.hub.end(socket.id, vec![follow.key]).await,
            }
        }
    }
    Ok(caught)
}

/// Reads one journal up to now. `None`: the caller may not follow it (any more).
async fn move_on(
    core: &Core,
    caller: &Caller,
    socket: &Handle,
    follow: &Follow,
    head: i64,
    caught: &mut CaughtUp,
) -> Result<Option<i64>> {
    if follow.interest.level == Level::None {
        return Ok(Some(head.max(follow.after)));
    }
    let changes = match windows(core, caller, follow.key, follow.after).await {
        Ok(changes) => changes,
        Err(error) if !error.is_retryable() && error.code() != plexichat_model::ErrorCode::Internal => return Ok(None),
        Err(error) => return Err(error),
    };
    let position = changes.last().map_or(head, |changes| changes.up_to);
    if follow.interest.level == Level::Badge {
        let events = changes.iter().flat_map(|changes| &changes.events);
        let badges = events.filter_map(|event| badge(event, socket.user, &follow.interest));
        caught.badges.extend(badges.reduce(|held, fresh| merged(&held, fresh)));
    } else {
        caught.changes.extend(changes.into_iter().map(|changes| (follow.key, changes)));
    }
    Ok(Some(position))
}

/// What changed after a position, in windows; a single reset when that is too much.
pub(super) async fn windows(core: &Core, caller: &Caller, key: JournalKey, after: i64) -> Result<Vec<Changes>> {
    let mut windows: Vec<Changes> = Vec::new();
    loop {
        let from = windows.last().map_or(after, |last| last.up_to);
        let changes = core.messaging.changes(caller, key, from, None).await?;
        let more = changes.more;
        windows.push(changes);
        if !more {
            return Ok(windows);
        }
        if windows.len() == WINDOWS {
            let head = core.messaging.journal().head(key).await?.map_or(0, |head| head.version);
            let epoch = core.messaging.journal().epoch().to_string();
            return Ok(vec![Changes { epoch, up_to: head, events: Vec::new(), more: false, reset: true }]);
        }
    }
}
