//! What a client may ask on its socket. Each command is one verb of the product, as in REST.
//!
//! The answer repeats the command's id; a refusal is a frame and the socket goes on. How many commands a socket may
//! send is bounded. Not here: who the caller is (`identify`), and events (`live`).

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use futures_util::future::BoxFuture;
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::gateway::{ChannelChanges, ClientFrame, CloseCode, CommandResult, Level, ServerFrame, Subscription};
use plexichat_model::sync::Changes;
use plexichat_model::{ChannelId, ErrorCode, ErrorKind, JournalKey, MessageId, Permission, UserId, limits};

use super::catch_up::{Follow, windows};
use super::error_frame;
use super::follows::Follows;
use super::handle::Handle;
use crate::realtime::hub::Interest;
use crate::realtime::{Core, encode};

/// Typing is told on at most this often per channel.
const TYPING: Duration = Duration::from_secs(3);
/// Channels whose last typing is remembered.
const TYPING_PLACES: usize = 8;

/// What a command led to.
#[derive(Default)]
pub(super) struct Outcome {
    /// The answer.
    pub(super) frames: Vec<Bytes>,
    /// Where journals go on live, after the answer.
    pub(super) positions: Vec<(JournalKey, i64)>,
    /// What is followed now.
    pub(super) followed: Vec<Follow>,
    /// What is followed no more.
    pub(super) ended: Vec<JournalKey>,
    /// By another session from now on.
    pub(super) caller: Option<Caller>,
    /// The socket ends.
    pub(super) close: Option<CloseCode>,
    /// A defect, for the log.
    pub(super) fault: Option<Error>,
}

/// When the socket last said that its person is typing, by channel.
#[derive(Debug, Default)]
pub(super) struct Typing(Vec<(ChannelId, Duration)>);

impl Typing {
    /// Whether another one may be told on.
    fn spend(&mut self, channel: ChannelId, now: Duration) -> bool {
        self.0.retain(|(_, at)| now < *at + TYPING);
        if self.0.len() >= TYPING_PLACES || self.0.iter().any(|(id, _)| *id == channel) {
            return false;
        }
        self.0.push((channel, now));
        true
    }
}

/// The id a command is answered under.
pub(super) fn id(frame: &ClientFrame) -> Option<u64> {
    match frame {
        ClientFrame::Reauthenticate { id, .. }
        | ClientFrame::Subscribe { id, .. }
        | ClientFrame::Send { id, .. }
        | ClientFrame::Read { id, .. }
        | ClientFrame::Presence { id, .. } => Some(*id),
        ClientFrame::Identify { .. } | ClientFrame::Ping {} | ClientFrame::Ack { .. } | ClientFrame::Typing { .. } => None,
    }
}

/// Checks a command and begins it; `None`: there is nothing to do.
pub(super) fn begin(
    core: &Arc<Core>,
    caller: &Caller,
    socket: &Arc<Handle>,
    follows: &Follows,
    typing: &mut Typing,
    frame: ClientFrame,
) -> Result<Option<BoxFuture<'static, Outcome>>> {
    match &frame {
        ClientFrame::Subscribe { channels, .. } => check(follows, channels)?,
        ClientFrame::Presence { user_ids, .. } if user_ids.len() > limits::PRESENCE_USERS => {
            let message = format!("a socket follows the presence of at most {} people", limits::PRESENCE_USERS);
            return Err(Error::limit_reached(message).with_field("user_ids"));
        }
        ClientFrame::Typing { channel_id, .. } if !typing.spend(*channel_id, core.clock.monotonic()) => return Ok(None),
        _ => {}
    }
    let joined: Vec<ChannelId> = match &frame {
        ClientFrame::Subscribe { channels, .. } => {
            channels.iter().map(|channel| channel.channel_id).filter(|id| follows.has_channel(*id)).collect()
        }
        _ => Vec::new(),
    };
    let (core, caller, socket) = (Arc::clone(core), caller.clone(), Arc::clone(socket));
    Ok(Some(Box::pin(async move {
        let id = id(&frame);
        match act(&core, &caller, &socket, &joined, frame).await {
            Ok(outcome) => outcome,
            Err(error) => {
                let frames = id.map(|id| error_frame(&error, Some(id), caller.request_id())).into_iter().collect();
                let fault = (error.kind() == ErrorKind::Internal).then_some(error);
                Outcome { frames, fault, ..Outcome::default() }
            }
        }
    })))
}

fn check(follows: &Follows, channels: &[Subscription]) -> Result<()> {
    if channels.len() > limits::PAGE_ITEMS {
        return Err(
            Error::limit_reached(format!("at most {} channels in one command", limits::PAGE_ITEMS)).with_field("channels")
        );
    }
    if channels.iter().any(|channel| channel.after.is_some_and(|after| after < 0)) {
        return Err(Error::invalid("channels", "a position is 0 or more"));
    }
    let levels: Vec<(ChannelId, Level)> = channels.iter().map(|channel| (channel.channel_id, channel.level)).collect();
    if follows.open_after(&levels) > limits::OPEN_CHANNELS {
        let message = format!("at most {} channels are open on one socket; close some", limits::OPEN_CHANNELS);
        return Err(Error::limit_reached(message).with_field("channels"));
    }
    Ok(())
}

async fn act(core: &Core, caller: &Caller, socket: &Arc<Handle>, joined: &[ChannelId], frame: ClientFrame) -> Result<Outcome> {
    match frame {
        ClientFrame::Send { id, channel_id, message } => {
            let sent = core.messaging.send_message(caller, channel_id, message).await?;
            Ok(answer(CommandResult { message: Some(sent.output), ..result(id) }))
        }
        ClientFrame::Read { id, channel_id, cursor } => {
            core.messaging.note_read(caller, channel_id, cursor).await?;
            Ok(answer(result(id)))
        }
        ClientFrame::Subscribe { id, channels } => subscribe(core, caller, socket, joined, id, &channels).await,
        ClientFrame::Typing { channel_id, thread_id } => {
            tell_typing(core, caller, socket.user, channel_id, thread_id).await?;
            Ok(Outcome::default())
        }
        ClientFrame::Presence { id, user_ids } => {
            let visible = core.auth().visible(caller, &user_ids).await?;
            let presence = core.presence.follow(socket, visible.into_iter().collect());
            Ok(answer(CommandResult { presence, ..result(id) }))
        }
        ClientFrame::Reauthenticate { id, token } => {
            let fresh = core.auth().authenticate(&token).await?;
            if fresh.account_if_any() != Some(socket.user) {
                return Err(Error::new(ErrorCode::Forbidden, "this token belongs to another account; open another socket"));
            }
            let fresh = fresh.with_request(caller.request_id(), caller.address());
            if let Some(session) = fresh.session_id() {
                socket.change_session(session);
            }
            Ok(Outcome { caller: Some(fresh), ..answer(result(id)) })
        }
        ClientFrame::Identify { .. } | ClientFrame::Ping {} | ClientFrame::Ack { .. } => Ok(Outcome::default()),
    }
}

fn result(id: u64) -> CommandResult {
    CommandResult { id, message: None, changes: Vec::new(), presence: Vec::new() }
}

fn answer(result: CommandResult) -> Outcome {
    Outcome { frames: vec![encode::frame(&ServerFrame::Result(result))], ..Outcome::default() }
}

async fn tell_typing(
    core: &Core,
    caller: &Caller,
    user_id: UserId,
    channel_id: ChannelId,
    thread_id: Option<MessageId>,
) -> Result<()> {
    if core.messaging.may_type(caller, channel_id, thread_id.is_some()).await? {
        let frame = encode::frame(&ServerFrame::Typing { channel_id, thread_id, user_id });
        core.hub.whisper(JournalKey::channel(channel_id), user_id, frame);
    }
    Ok(())
}

async fn subscribe(
    core: &Core,
    caller: &Caller,
    socket: &Arc<Handle>,
    joined: &[ChannelId],
    id: u64,
    channels: &[Subscription],
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut told = Vec::new();
    for (index, wanted) in channels.iter().enumerate() {
        let key = JournalKey::channel(wanted.channel_id);
        let access =
            core.auth().channel(caller, wanted.channel_id).await.and_then(|access| access.require(Permission::ViewChannel));
        let access = match access {
            Ok(access) => access,
            Err(error) => {
                // What was held for this command is let go: nothing of it happened.
                let begun = outcome.followed.iter().map(|follow| follow.key).filter(|key| !joined.contains(&ChannelId(key.id)));
                core.hub.end(socket.id, begun.collect()).await;
                restart(core, socket, &outcome, joined).await;
                return Err(error.within(&format!("channels[{index}]")));
            }
        };
        let (kind, workspace) = (access.channel().kind, access.channel().workspace_id);
        let interest = Interest::in_channel(kind, workspace, wanted.level, access.role());
        let is_joined = access.membership().is_some();
        if wanted.level != Level::Open {
            if is_joined || joined.contains(&wanted.channel_id) {
                core.hub.set_level(socket.id, key, wanted.level).await;
            }
            if is_joined {
                outcome.followed.push(Follow { key, interest, after: 0 });
            } else {
                outcome.ended.push(key);
            }
            continue;
        }
        core.hub.hold(socket, vec![(key, interest)]).await;
        let position = match wanted.after {
            Some(after) => {
                let changes = one(windows(core, caller, key, after).await?);
                let up_to = changes.up_to;
                told.push(ChannelChanges { channel_id: wanted.channel_id, changes });
                up_to
            }
            None => core.messaging.journal().head(key).await?.map_or(0, |head| head.version),
        };
        outcome.positions.push((key, position));
        outcome.followed.push(Follow { key, interest, after: position });
    }
    outcome.frames = answer(CommandResult { changes: told, ..result(id) }).frames;
    Ok(outcome)
}

/// Channels that were followed before go on from where they are.
async fn restart(core: &Core, socket: &Handle, outcome: &Outcome, joined: &[ChannelId]) {
    let again = outcome.positions.iter().filter(|(key, _)| joined.contains(&ChannelId(key.id)));
    core.hub.start(socket.id, again.copied().collect()).await;
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

    #[test]
    fn typing_is_told_on_once_in_three_seconds() {
        let mut typing = Typing::default();
        let at = Duration::from_millis;
        assert!(typing.spend(ChannelId(1), at(0)));
        assert!(!typing.spend(ChannelId(1), at(2_999)));
        assert!(typing.spend(ChannelId(2), at(2_999)));
        assert!(typing.spend(ChannelId(1), at(3_000)));
        for channel in 10..100 {
            typing.spend(ChannelId(channel), at(3_100));
        }
        assert!(typing.0.len() <= TYPING_PLACES);
    }
}
