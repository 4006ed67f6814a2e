//! From a position to now: holds journals in the hub, reads what moved, says where to go on.
//!
//! Order is everything: hold first, then compare heads, then read, then prove the right to it. What is committed after
//! the hold is kept by the hub; what was committed before it is in what is read. A reading that fails leaves nothing
//! behind in the hub.

use std::sync::Arc;

use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::gateway::{Badge, Level, ServerFrame};
use plexichat_model::sync::Changes;
use plexichat_model::{ChannelId, ErrorCode, JournalKey, JournalKind, Permission, WorkspaceId, limits};

use super::handle::Handle;
use crate::realtime::Core;
use crate::realtime::hub::{Held, Interest, badge, merged};

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
#[derive(Debug)]
pub(super) struct CaughtUp {
    /// `changes` of journals that moved.
    pub(super) changes: Vec<(JournalKey, Changes)>,
    /// Badges of channels that moved.
    pub(super) badges: Vec<Badge>,
    /// Where each journal goes on live.
    pub(super) positions: Vec<(JournalKey, i64)>,
    /// How each is followed.
    pub(super) followed: Vec<Follow>,
    /// Lets everything go unless it is kept.
    pub(super) held: Held,
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
    let held = core.hub.hold(socket, follows.iter().map(|follow| (follow.key, follow.interest)).collect()).await;
    let (changes, badges, positions, followed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut caught = CaughtUp { changes, badges, positions, followed, held };
    match read(core, caller, socket, &follows, &mut caught).await {
        Ok(()) => Ok(caught),
        Err(error) => {
            caught.held.undo().await;
            Err(error)
        }
    }
}

async fn read(core: &Core, caller: &Caller, socket: &Handle, follows: &[Follow], caught: &mut CaughtUp) -> Result<()> {
    for part in follows.chunks(500) {
        let keys: Vec<JournalKey> = part.iter().map(|follow| follow.key).collect();
        let heads = core.messaging.journal().heads(&keys).await?;
        for follow in part {
            let head = heads.get(&follow.key).map_or(0, |head| head.version);
            let moved =
                if head == follow.after { Some(head) } else { move_on(core, caller, socket, follow, head, caught).await? };
            match moved {
                Some(position) => {
                    caught.positions.push((follow.key, position));
                    caught.followed.push(*follow);
                }
                None => core.hub.end(socket.id, vec![follow.key]).await,
            }
        }
    }
    Ok(())
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
    let read = match follow.interest.level {
        Level::None => may_follow(core, caller, follow.key).await.map(|()| Vec::new()),
        Level::Open | Level::Badge => windows(core, caller, follow.key, follow.after).await,
    };
    let changes = match read {
        Ok(changes) => changes,
        Err(error) if is_final(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let position = changes.last().map_or(head, |changes| changes.up_to);
    if follow.interest.level == Level::Open {
        caught.changes.extend(changes.into_iter().map(|changes| (follow.key, changes)));
    } else {
        let events = changes.iter().flat_map(|changes| &changes.events);
        let badges = events.filter_map(|event| badge(event, socket.user, &follow.interest));
        caught.badges.extend(badges.reduce(|held, fresh| merged(&held, &fresh)));
    }
    Ok(Some(position))
}

/// Whether asking again would be answered the same: it was said that the caller may not follow, and not that it could
/// not be found out.
fn is_final(error: &Error) -> bool {
    !error.is_retryable() && error.code() != ErrorCode::Internal
}

/// Refuses who may not follow the journal now.
async fn may_follow(core: &Core, caller: &Caller, key: JournalKey) -> Result<()> {
    match key.kind {
        JournalKind::Channel => {
            core.auth().channel(caller, ChannelId(key.id)).await?.require(Permission::ViewChannel)?;
        }
        JournalKind::Workspace => {
            core.auth().workspace(caller, WorkspaceId(key.id)).await?.require_member()?;
        }
        JournalKind::Instance | JournalKind::User => {}
    }
    Ok(())
}

/// What changed after a position, in windows; a single reset when that is too much. The caller's right to it is proven
/// as of the end of the last.
pub(super) async fn windows(core: &Core, caller: &Caller, key: JournalKey, after: i64) -> Result<Vec<Changes>> {
    let mut windows: Vec<Changes> = Vec::new();
    loop {
        let from = windows.last().map_or(after, |last| last.up_to);
        let changes = core.messaging.changes(caller, key, from, None).await?;
        let (more, reset) = (changes.more, changes.reset);
        windows.push(changes);
        if windows.len() < WINDOWS && more {
            continue;
        }
        if more || reset {
            let head = core.messaging.journal().head(key).await?.map_or(0, |head| head.version);
            let epoch = core.messaging.journal().epoch().to_string();
            windows = vec![Changes { epoch, up_to: head, events: Vec::new(), more: false, reset: true }];
            may_follow(core, caller, key).await?;
        }
        return Ok(windows);
    }
}
