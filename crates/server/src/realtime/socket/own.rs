//! What the account's own journal, and the hub, mean for what a socket follows: joined channels and workspaces are
//! followed by themselves, left ones are dropped.
//!
//! A todo says what to look at, never what to do: that is decided when its turn comes, from what the socket follows by
//! then and from the database, so that leaving and coming back in one breath ends as it should. What the hub ends by
//! itself is looked at once more: whoever is a member goes on from where it ended. Not here: commands of the peer.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use plexichat_auth::access::ChannelAccess;
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::gateway::{CloseCode, Level};
use plexichat_model::{
    ChannelId, ErrorKind, Event, JournalEvent, JournalKey, JournalKind, Permission, WorkspaceId, workspace::WorkspaceState,
};

use super::catch_up::{Follow, catch_up};
use super::commands::Outcome;
use super::follows::Follows;
use super::handle::Handle;
use super::identify::{all_channels, in_channel, in_workspace, is_visible, level};
use crate::realtime::hub::Interest;
use crate::realtime::{Core, encode};

/// Something to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Todo {
    /// A channel was joined, or how much of it is wanted by itself changed.
    Channel(ChannelId, Level),
    /// A workspace was joined or left, or the role in it changed.
    Workspace(WorkspaceId),
    /// The hub stopped following this at a version; it was at this level.
    Ended(JournalKey, i64, Option<Level>),
    /// Whether the session lives.
    Session,
}

/// What to do about it.
#[derive(Debug, PartialEq, Eq)]
enum Act {
    FollowChannel(ChannelId, Option<(i64, Option<Level>)>),
    SetLevel(ChannelId, Level),
    /// With the channels that are followed already.
    SeeWorkspace(WorkspaceId, Vec<ChannelId>),
    FollowWorkspace(WorkspaceId, Option<i64>, Vec<ChannelId>),
    CheckSession,
}

/// What an event of the own journal asks to look at. That a membership of a channel ended needs no looking: the channel's
/// own journal ends it at the right version.
pub(super) fn todo(event: &JournalEvent) -> Option<Todo> {
    match &event.event {
        Event::MembershipUpdated { membership } if !membership.removed => {
            Some(Todo::Channel(membership.channel_id, level(membership.notify)))
        }
        Event::WorkspaceMembershipUpdated { membership } => Some(Todo::Workspace(membership.workspace_id)),
        _ => None,
    }
}

/// The hub ended the following of a journal: forgets it, and says what to look at; `None`: the socket cannot do without.
pub(super) fn ended(follows: &mut Follows, key: JournalKey, at: i64) -> Option<Todo> {
    if !matches!(key.kind, JournalKind::Channel | JournalKind::Workspace) {
        return None;
    }
    let id = ChannelId(key.id);
    let was_open = key.kind == JournalKind::Channel && follows.is_open(id);
    forget(follows, key);
    Some(Todo::Ended(key, at, was_open.then_some(Level::Open)))
}

/// Decides, from what is followed now.
fn decide(follows: &Follows, todo: Todo) -> Option<Act> {
    match todo {
        Todo::Channel(id, level) => match (follows.has_channel(id), follows.is_open(id)) {
            (false, _) => Some(Act::FollowChannel(id, None)),
            (true, false) => Some(Act::SetLevel(id, level)),
            (true, true) => None,
        },
        Todo::Workspace(id) if follows.has_workspace(id) => Some(Act::SeeWorkspace(id, follows.channels().to_vec())),
        Todo::Workspace(id) => Some(Act::FollowWorkspace(id, None, follows.channels().to_vec())),
        Todo::Ended(key, at, level) => match key.kind {
            JournalKind::Channel => {
                let id = ChannelId(key.id);
                (!follows.has_channel(id)).then_some(Act::FollowChannel(id, Some((at, level))))
            }
            JournalKind::Workspace => {
                let id = WorkspaceId(key.id);
                let channels = follows.channels().to_vec();
                (!follows.has_workspace(id)).then_some(Act::FollowWorkspace(id, Some(at), channels))
            }
            JournalKind::Instance | JournalKind::User => None,
        },
        Todo::Session => Some(Act::CheckSession),
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

/// Begins what is to be done, if anything is.
pub(super) fn begin(
    core: &Arc<Core>,
    caller: &Caller,
    socket: &Arc<Handle>,
    follows: &Follows,
    todo: Todo,
) -> Option<BoxFuture<'static, Outcome>> {
    let chosen = decide(follows, todo)?;
    let (core, caller, socket) = (Arc::clone(core), caller.clone(), Arc::clone(socket));
    Some(Box::pin(async move {
        match act(&core, &caller, &socket, chosen).await {
            Ok(outcome) => outcome,
            // It is gone again, or was never ours to see.
            Err(error) if is_hidden(&error) => Outcome::default(),
            Err(error) => {
                socket.lose();
                Outcome { fault: Some(error), ..Outcome::default() }
            }
        }
    }))
}

/// Whether it does not exist for the caller, or not any more.
fn is_hidden(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Forbidden)
}

async fn act(core: &Core, caller: &Caller, socket: &Arc<Handle>, act: Act) -> Result<Outcome> {
    match act {
        Act::FollowChannel(id, from) => {
            let access = core.auth().channel(caller, id).await?.require(Permission::ViewChannel)?;
            let Some(wanted) = member(&access, from) else { return Ok(Outcome::default()) };
            let after = match from {
                Some((after, _)) => after,
                None => core.messaging.journal().head(wanted.key).await?.map_or(0, |head| head.version),
            };
            follow(core, caller, socket, vec![Follow { after, ..wanted }]).await
        }
        Act::SetLevel(id, level) => {
            core.hub.set_level(socket.id, JournalKey::channel(id), level).await;
            Ok(Outcome { levels: vec![(id, level)], ..Outcome::default() })
        }
        Act::SeeWorkspace(id, followed) => {
            let Some(state) = workspace(core, caller, socket, id).await? else { return Ok(Outcome::default()) };
            core.hub.member(id, socket.user, Some(state.role)).await;
            let channels = channels_of(core, caller, &state, &followed).await?;
            follow(core, caller, socket, channels).await
        }
        Act::FollowWorkspace(id, after, followed) => {
            let Some(state) = workspace(core, caller, socket, id).await? else { return Ok(Outcome::default()) };
            let mut follows = vec![in_workspace(&state, after.unwrap_or(state.head))];
            follows.extend(channels_of(core, caller, &state, &followed).await?);
            follow(core, caller, socket, follows).await
        }
        Act::CheckSession => {
            let lives = core.auth().session_is_live(socket.user, socket.session()).await?;
            Ok(Outcome { close: (!lives).then_some(CloseCode::Unauthenticated), ..Outcome::default() })
        }
    }
}

/// How a member follows a channel, from wherever; `None` for who is none: they look only by asking.
fn member(access: &ChannelAccess, from: Option<(i64, Option<Level>)>) -> Option<Follow> {
    let membership = access.membership()?;
    let level = from.and_then(|(_, level)| level).unwrap_or_else(|| level(membership.notify));
    let channel = access.channel();
    let interest = Interest::in_channel(channel.kind, channel.workspace_id, level, access.role());
    Some(Follow { key: JournalKey::channel(channel.id), interest, after: 0 })
}

/// A workspace the account is in; when it is in it no more, all of it ends.
async fn workspace(core: &Core, caller: &Caller, socket: &Handle, id: WorkspaceId) -> Result<Option<WorkspaceState>> {
    match core.messaging.get_workspace(caller, id).await {
        Ok(state) => Ok(Some(state)),
        Err(error) if is_hidden(&error) => {
            core.hub.member(id, socket.user, None).await;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The joined channels of a workspace that are not followed: a role may show more of them, and who comes back finds
/// those that were not ended yet.
async fn channels_of(core: &Core, caller: &Caller, workspace: &WorkspaceState, followed: &[ChannelId]) -> Result<Vec<Follow>> {
    let id = workspace.workspace.id;
    let states = all_channels(core, caller).await?;
    let is_missing = |state: &&plexichat_model::channel::ChannelState| {
        state.channel.workspace_id == Some(id) && is_visible(state) && followed.binary_search(&state.channel.id).is_err()
    };
    let roles = [(id, workspace.role)];
    Ok(states.iter().filter(is_missing).map(|state| in_channel(state, &roles, level(state.notify), state.head.version)).collect())
}

async fn follow(core: &Core, caller: &Caller, socket: &Arc<Handle>, follows: Vec<Follow>) -> Result<Outcome> {
    let mut caught = catch_up(core, caller, socket, follows).await?;
    let frames = caught.frames().iter().map(encode::frame).collect();
    let (positions, followed, held) = (caught.positions, caught.followed, Some(caught.held));
    Ok(Outcome { frames, positions, followed, held, ..Outcome::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use plexichat_model::UserId;
    use plexichat_model::channel::NotifyLevel;
    use plexichat_model::event::MembershipView;

    const ID: ChannelId = ChannelId(7);
    const KEY: JournalKey = JournalKey::channel(ID);

    fn membership(version: i64, removed: bool) -> JournalEvent {
        let membership = MembershipView { channel_id: ID, notify: NotifyLevel::Mentions, removed, version };
        JournalEvent {
            journal: JournalKey::user(UserId(1)),
            version,
            from_version: None,
            event: Event::MembershipUpdated { membership },
        }
    }

    #[test]
    fn leaving_and_coming_back_in_one_batch_is_followed_again() {
        let mut follows = Follows::default();
        follows.channel(ID, Level::Open);
        // The batch is read before anything is done about it; the hub's word comes between, before or after.
        let batch: Vec<Todo> = [membership(1, true), membership(2, false)].iter().filter_map(todo).collect();
        let told = ended(&mut follows, KEY, 41).expect("a channel");
        let first = batch.iter().find_map(|todo| decide(&follows, *todo));
        assert_eq!(first, Some(Act::FollowChannel(ID, None)));
        follows.channel(ID, Level::Badge);
        assert_eq!(decide(&follows, told), None, "it is followed again by now");
        // The other order: the event finds it followed, the hub's word comes later.
        let told = ended(&mut follows, KEY, 41).expect("a channel");
        assert_eq!(decide(&follows, told), Some(Act::FollowChannel(ID, Some((41, None)))));
    }

    #[test]
    fn what_was_open_goes_on_open_and_what_is_open_keeps_its_level() {
        let mut follows = Follows::default();
        follows.channel(ID, Level::Open);
        assert_eq!(decide(&follows, Todo::Channel(ID, Level::None)), None);
        let told = ended(&mut follows, KEY, 41).expect("a channel");
        assert_eq!(told, Todo::Ended(KEY, 41, Some(Level::Open)));
        assert_eq!(ended(&mut follows, JournalKey::INSTANCE, 1), None);
    }
}
