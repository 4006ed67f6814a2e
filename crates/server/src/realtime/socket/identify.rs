//! Who a socket belongs to, and how it begins: with a snapshot, or from the vector it holds.
//!
//! Live events begin where catching up ended, so nothing falls between a snapshot or a vector and the first of them.
//! What may be followed is read before anything is held; when the account's access changed in between, all of it is
//! read again. Not here: commands, and the life of the socket afterwards.

use std::sync::Arc;

use plexichat_events::Head;
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::channel::{ChannelState, NotifyLevel};
use plexichat_model::gateway::{Badge, Level, Ready, ServerFrame};
use plexichat_model::permission::Role;
use plexichat_model::sync::{Snapshot, Vector};
use plexichat_model::workspace::WorkspaceState;
use plexichat_model::{ErrorCode, JournalKey, JournalKind, Permission, WorkspaceId, limits};

use super::catch_up::{CaughtUp, Follow, catch_up};
use super::handle::Handle;
use super::own::{self, Todo};
use crate::realtime::encode::Frame;
use crate::realtime::hub::Interest;
use crate::realtime::{Core, encode};

/// How a socket begins.
#[derive(Debug)]
pub(super) struct Beginning {
    /// `ready` and what follows it.
    pub(super) frames: Vec<Frame>,
    /// Where everything goes on live.
    pub(super) caught: CaughtUp,
    /// What the account's own journal asked for while all this was read.
    pub(super) todo: Vec<Todo>,
}

/// Times a beginning is read again because access changed under it.
const ATTEMPTS: usize = 5;

/// Begins from the vector if it is worth anything, else with a snapshot.
pub(super) async fn begin(core: &Core, caller: &Caller, socket: &Arc<Handle>, vector: Option<Vector>) -> Result<Beginning> {
    let epoch = core.messaging.journal().epoch();
    let vector = vector.filter(|vector| *vector.epoch == *epoch);
    for _ in 0..ATTEMPTS {
        let before = own_head(core, socket).await?;
        let (ready, mut caught) = match &vector {
            Some(vector) => resume(core, caller, socket, vector).await?,
            None => anew(core, caller, socket).await?,
        };
        // Who left a workspace before its channels were held is told by none of them.
        if own_head(core, socket).await?.access_version == before.access_version {
            let todo = todo(&caught, before.version);
            return Ok(Beginning { frames: encoded(ready, caught.frames()), caught, todo });
        }
        caught.held.undo().await;
    }
    Err(Error::unavailable("the access of this account keeps changing"))
}

async fn own_head(core: &Core, socket: &Handle) -> Result<Head> {
    Ok(core.messaging.journal().head(JournalKey::user(socket.user)).await?.unwrap_or_default())
}

/// What the own journal said above this version.
fn todo(caught: &CaughtUp, version: i64) -> Vec<Todo> {
    let own = caught.changes.iter().filter(|(key, _)| key.kind == JournalKind::User);
    let events = own.flat_map(|(_, changes)| &changes.events).filter(|event| event.version > version);
    events.filter_map(own::todo).collect()
}

async fn anew(core: &Core, caller: &Caller, socket: &Arc<Handle>) -> Result<(ServerFrame, CaughtUp)> {
    let mut snapshot = core.messaging.snapshot(caller).await?;
    fit(&mut snapshot);
    let mut follows = own_journals(caller, snapshot.instance_head, snapshot.user_head)?;
    follows.extend(snapshot.workspaces.iter().map(|state| in_workspace(state, state.head)));
    let roles: Vec<(WorkspaceId, Role)> = roles(&snapshot.workspaces);
    let in_snapshot = |state: &ChannelState| in_channel(state, &roles, level(state.notify), state.head.version);
    follows.extend(snapshot.channels.iter().filter(|state| is_visible(state)).map(in_snapshot));
    if snapshot.more_channels {
        let held: std::collections::HashSet<_> = snapshot.channels.iter().map(|state| state.channel.id).collect();
        let further = all_channels(core, caller).await?;
        follows.extend(further.iter().filter(|state| is_visible(state) && !held.contains(&state.channel.id)).map(in_snapshot));
    }
    let epoch = snapshot.epoch.clone();
    let caught = catch_up(core, caller, socket, follows).await?;
    Ok((ServerFrame::Ready(Ready { epoch, resumed: false, snapshot: Some(Box::new(snapshot)) }), caught))
}

async fn resume(core: &Core, caller: &Caller, socket: &Arc<Handle>, vector: &Vector) -> Result<(ServerFrame, CaughtUp)> {
    let workspaces = core.messaging.list_workspaces(caller).await?;
    let channels = all_channels(core, caller).await?;
    let mut follows = own_journals(caller, vector.instance, vector.user)?;
    follows.extend(workspaces.iter().map(|state| {
        let after = vector.workspaces.get(&state.workspace.id).copied().unwrap_or(state.head);
        in_workspace(state, after)
    }));
    let roles = roles(&workspaces);
    let held = |state: &ChannelState| vector.channels.get(&state.channel.id).copied();
    let mut open = 0;
    follows.extend(channels.iter().filter(|state| is_visible(state)).map(|state| {
        match held(state).filter(|_| open < limits::OPEN_CHANNELS) {
            Some(after) => {
                open += 1;
                in_channel(state, &roles, Level::Open, after)
            }
            None => in_channel(state, &roles, level(state.notify), state.head.version),
        }
    }));
    let mut caught = catch_up(core, caller, socket, follows).await?;
    // The client's own counts are from before; what is unread is told whole.
    let mut badges: Vec<Badge> =
        channels.iter().filter(|state| held(state).is_none() && is_visible(state) && is_unread(state)).map(whole_badge).collect();
    badges.append(&mut caught.badges);
    caught.badges = badges;
    Ok((ServerFrame::Ready(Ready { epoch: vector.epoch.clone(), resumed: true, snapshot: None }), caught))
}

pub(super) fn is_visible(state: &ChannelState) -> bool {
    state.permissions.has(Permission::ViewChannel)
}

fn is_unread(state: &ChannelState) -> bool {
    state.notify != NotifyLevel::Muted && (state.mention_count > 0 || state.head.last_main_number > state.cursor.last_read_number)
}

fn whole_badge(state: &ChannelState) -> Badge {
    Badge {
        channel_id: state.channel.id,
        last_main_number: state.head.last_main_number,
        version: state.head.version,
        new_mentions: 0,
        mention_count: Some(state.mention_count),
        counted_from: state.counted_to,
    }
}

/// The two journals everybody follows.
fn own_journals(caller: &Caller, instance: i64, user: i64) -> Result<Vec<Follow>> {
    let me = caller.account()?;
    let follow = |key, after| Follow { key, interest: Interest::OPEN, after };
    Ok(vec![follow(JournalKey::INSTANCE, instance), follow(JournalKey::user(me), user)])
}

pub(super) fn in_workspace(state: &WorkspaceState, after: i64) -> Follow {
    Follow { key: JournalKey::workspace(state.workspace.id), interest: Interest::OPEN, after }
}

/// How a joined channel is followed from a position.
pub(super) fn in_channel(state: &ChannelState, roles: &[(WorkspaceId, Role)], level: Level, after: i64) -> Follow {
    let channel = &state.channel;
    let role = channel.workspace_id.and_then(|id| roles.iter().find(|(other, _)| *other == id)).map(|(_, role)| *role);
    let interest = Interest::in_channel(channel.kind, channel.workspace_id, level, role);
    Follow { key: JournalKey::channel(channel.id), interest, after }
}

/// The level of a channel nobody asked about.
pub(super) fn level(notify: NotifyLevel) -> Level {
    if notify == NotifyLevel::Muted { Level::None } else { Level::Badge }
}

fn roles(workspaces: &[WorkspaceState]) -> Vec<(WorkspaceId, Role)> {
    workspaces.iter().map(|state| (state.workspace.id, state.role)).collect()
}

/// All joined channels the caller may see, page by page.
pub(super) async fn all_channels(core: &Core, caller: &Caller) -> Result<Vec<ChannelState>> {
    let most = usize::try_from(limits::USER_CHANNELS).unwrap_or(usize::MAX);
    let mut all: Vec<ChannelState> = Vec::new();
    loop {
        let after = all.last().map(|state| state.channel.id);
        let page = core.messaging.channel_states(caller, after, Some(limits::PAGE_ITEMS)).await?;
        let is_last = !page.more || page.channels.is_empty();
        all.extend(page.channels);
        if is_last || all.len() >= most {
            return Ok(all);
        }
    }
}

/// Leaves out the last channels until `ready` fits; the client reads them by `GET /sync/channels`.
fn fit(snapshot: &mut Snapshot) {
    while snapshot.channels.len() > 1 && serde_json::to_vec(&snapshot).map_or(0, |text| text.len()) > limits::READY_BYTES {
        snapshot.channels.truncate(snapshot.channels.len() * 3 / 4);
        snapshot.more_channels = true;
    }
}

fn encoded(ready: ServerFrame, further: Vec<ServerFrame>) -> Vec<Frame> {
    std::iter::once(ready).chain(further).map(|frame| encode::frame(&frame)).collect()
}

/// Who shows this token.
pub(super) async fn authenticate(
    core: &Core,
    token: Option<&str>,
    request_id: &Arc<str>,
    address: std::net::IpAddr,
) -> Result<Caller> {
    let token = token.ok_or_else(Error::unauthenticated)?;
    let caller = core.auth().authenticate(token).await?;
    match caller.account_if_any() {
        Some(_) => Ok(caller.with_request(Arc::clone(request_id), Some(address))),
        None => Err(ErrorCode::Unauthenticated.into()),
    }
}
