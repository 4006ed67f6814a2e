//! What a client may ask on its socket. Each command is one verb of the product, as in REST.
//!
//! The answer repeats the command's id; a refusal is a frame and the socket goes on. How many commands a socket may
//! send is bounded. Not here: who the caller is (`identify`), and events (`live`).

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::gateway::{ClientFrame, CloseCode, CommandResult, Level, ServerFrame};
use plexichat_model::{ChannelId, ErrorCode, ErrorKind, JournalKey, MessageId, UserId, limits};

use super::catch_up::Follow;
use super::error_frame;
use super::follows::Follows;
use super::handle::Handle;
use super::subscribe;
use crate::realtime::encode::Frame;
use crate::realtime::hub::Held;
use crate::realtime::{Core, encode};

/// Typing is told on at most this often per channel.
const TYPING: Duration = Duration::from_secs(3);
/// Channels whose last typing is remembered.
const TYPING_PLACES: usize = 8;

/// What a command led to.
#[derive(Default)]
pub(super) struct Outcome {
    /// The answer.
    pub(super) frames: Vec<Frame>,
    /// Where journals go on live, after the answer.
    pub(super) positions: Vec<(JournalKey, i64)>,
    /// What is followed now.
    pub(super) followed: Vec<Follow>,
    /// Lets go what was held for that, unless it is kept.
    pub(super) held: Option<Held>,
    /// How much is wanted now of channels that are followed.
    pub(super) levels: Vec<(ChannelId, Level)>,
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
        ClientFrame::Subscribe { channels, .. } => subscribe::check(follows, channels)?,
        ClientFrame::Presence { user_ids, .. } if user_ids.len() > limits::PRESENCE_USERS => {
            let message = format!("a socket follows the presence of at most {} people", limits::PRESENCE_USERS);
            return Err(Error::limit_reached(message).with_field("user_ids"));
        }
        ClientFrame::Typing { channel_id, .. } if !typing.spend(*channel_id, core.clock.monotonic()) => return Ok(None),
        _ => {}
    }
    let followed: Vec<ChannelId> = match &frame {
        ClientFrame::Subscribe { channels, .. } => {
            channels.iter().map(|channel| channel.channel_id).filter(|id| follows.has_channel(*id)).collect()
        }
        _ => Vec::new(),
    };
    let (core, caller, socket) = (Arc::clone(core), caller.clone(), Arc::clone(socket));
    Ok(Some(Box::pin(async move {
        let id = id(&frame);
        match act(&core, &caller, &socket, &followed, frame).await {
            Ok(outcome) => outcome,
            Err(error) => {
                let frames = id.map(|id| error_frame(&error, Some(id), caller.request_id())).into_iter().collect();
                let fault = (error.kind() == ErrorKind::Internal).then_some(error);
                Outcome { frames, fault, ..Outcome::default() }
            }
        }
    })))
}

async fn act(core: &Core, caller: &Caller, socket: &Arc<Handle>, followed: &[ChannelId], frame: ClientFrame) -> Result<Outcome> {
    match frame {
        ClientFrame::Send { id, channel_id, message } => {
            let sent = core.messaging.send_message(caller, channel_id, message).await?;
            Ok(answer(CommandResult { message: Some(sent.output), ..result(id) }))
        }
        ClientFrame::Read { id, channel_id, cursor } => {
            core.messaging.note_read(caller, channel_id, cursor).await?;
            Ok(answer(result(id)))
        }
        ClientFrame::Subscribe { id, channels } => subscribe::subscribe(core, caller, socket, followed, id, &channels).await,
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
            let session = fresh.session_id().ok_or_else(Error::unauthenticated)?;
            socket.change_session(session);
            // What ended before the change will not be told any more: this node may know the token from before.
            let close = match core.auth().session_is_live(socket.user, session).await {
                Ok(true) => return Ok(Outcome { caller: Some(fresh), ..answer(result(id)) }),
                Ok(false) => CloseCode::Unauthenticated,
                Err(_) => CloseCode::Internal,
            };
            Ok(Outcome { close: Some(close), ..Outcome::default() })
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
        core.hub.type_on(JournalKey::channel(channel_id), user_id, frame);
    }
    Ok(())
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
