//! What the account's own journal means for its socket: joined channels and workspaces are followed by
//! themselves, left ones are dropped.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use plexichat_kernel::{Caller, Result};
use plexichat_model::channel::NotifyLevel;
use plexichat_model::gateway::{CloseCode, Level};
use plexichat_model::{ChannelId, ErrorKind, Event, JournalEvent, JournalKey, JournalKind, WorkspaceId};

use super::catch_up::{Follow, catch_up};
use super::commands::Outcome;
use super::follows::Follows;
use super::handle::Handle;
use super::identify::{in_channel, level};
use crate::realtime::hub::Interest;
use crate::realtime::{Core, encode};

/// Something to do about one's own journal.
#[derive(Clone, Copy, Debug)]
pub(super) enum Todo {
    FollowChannel(ChannelId),
    SetLevel(ChannelId, Level),
    DropChannel(ChannelId),
    FollowWorkspace(WorkspaceId),
    /// The role changed: channels may have come or gone.
    ChangeRole(WorkspaceId),
    DropWorkspace(WorkspaceId),
    CheckSession,
}

/// What an event of the own journal asks for.
pub(super) fn todo(follows: &Follows, event: &JournalEvent) -> Option<Todo> {
    match &event.event {
        Event::MembershipUpdated { membership } => {
            let id = membership.channel_id;
            let wanted = if membership.notify == NotifyLevel::Muted { Level::None } else { Level::Badge };
            match (membership.removed, follows.has_channel(id)) {
                (true, _) => Some(Todo::DropChannel(id)),
                (false, false) => Some(Todo::FollowChannel(id)),
                (false, true) => (!follows.is_open(id)).then_some(Todo::SetLevel(id, wanted)),
            }
        }
        Event::WorkspaceMembershipUpdated { membership } => {
            let id = membership.workspace_id;
            Some(match (membership.removed, follows.has_workspace(id)) {
                (true, _) => Todo::DropWorkspace(id),
                (false, false) => Todo::FollowWorkspace(id),
                (false, true) => Todo::ChangeRole(id),
            })
        }
        _ => None,
    }
}

/// Notes what is followed.
pub(super) fn note(follows: &mut Follows, followed: &[Follow]) {
    for follow in followed {
        match follow.key.kind {
            JournalKind::Workspace => follows.workspace(WorkspaceId(follow.key.id)),
            JournalKind::Channel => follows.channel(ChannelId(follow.key.id), follow.interest.level),
            JournalKind::Instance | JournalKind::User => {}
        }
    }
}

/// Notes what is followed no more.
pub(super) fn forget(follows: &mut Follows, key: JournalKey) {
    match key.kind {
        JournalKind::Workspace => follows.drop_workspace(WorkspaceId(key.id)),
        JournalKind::Channel => follows.drop_channel(ChannelId(key.id)),
        JournalKind::Instance | JournalKind::User => {}
    }
}

/// Does it.
pub(super) fn begin(
    core: &Arc<Core>,
    caller: &Caller,
    socket: &Arc<Handle>,
    follows: &Follows,
    todo: Todo,
) -> BoxFuture<'static, Outcome> {
    let (core, caller, socket) = (Arc::clone(core), caller.clone(), Arc::clone(socket));
    let is_followed = matches!(todo, Todo::FollowChannel(id) if follows.has_channel(id));
    Box::pin(async move {
        if is_followed {
            return Outcome::default();
        }
        match act(&core, &caller, &socket, todo).await {
            Ok(outcome) => outcome,
            // It is gone again, or was never ours to see.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Forbidden) => Outcome::default(),
            Err(error) => {
                socket.lose();
                Outcome { fault: Some(error), ..Outcome::default() }
            }
        }
    })
}

async fn act(core: &Core, caller: &Caller, socket: &Arc<Handle>, todo: Todo) -> Result<Outcome> {
    match todo {
        Todo::FollowChannel(id) => {
            let state = core.messaging.get_channel(caller, id).await?;
            let role = match state.channel.workspace_id {
                Some(workspace) => vec![(workspace, core.messaging.get_workspace(caller, workspace).await?.role)],
                None => Vec::new(),
            };
            follow(core, caller, socket, in_channel(&state, &role, level(&state), state.head.version)).await
        }
        Todo::FollowWorkspace(id) => {
            let state = core.messaging.get_workspace(caller, id).await?;
            let follow_it = Follow { key: JournalKey::workspace(id), interest: Interest::OPEN, after: state.head };
            follow(core, caller, socket, follow_it).await
        }
        Todo::SetLevel(id, level) => {
            core.hub.set_level(socket.id, JournalKey::channel(id), level).await;
            Ok(Outcome::default())
        }
        Todo::DropChannel(id) => Ok(Outcome { ended: vec![JournalKey::channel(id)], ..Outcome::default() }),
        Todo::DropWorkspace(id) => {
            core.hub.member(id, socket.user, None).await;
            Ok(Outcome { ended: vec![JournalKey::workspace(id)], ..Outcome::default() })
        }
        Todo::ChangeRole(id) => {
            let role = core.messaging.get_workspace(caller, id).await?.role;
            core.hub.member(id, socket.user, Some(role)).await;
            Ok(Outcome::default())
        }
        Todo::CheckSession => {
            let lives = core.auth().session_is_live(socket.user, socket.session()).await?;
            Ok(Outcome { close: (!lives).then_some(CloseCode::Unauthenticated), ..Outcome::default() })
        }
    }
}

async fn follow(core: &Core, caller: &Caller, socket: &Arc<Handle>, follow: Follow) -> Result<Outcome> {
    let mut caught = catch_up(core, caller, socket, vec![follow]).await?;
    let frames = caught.frames().iter().map(encode::frame).collect();
    Ok(Outcome { frames, positions: caught.positions, followed: caught.followed, ..Outcome::default() })
}
