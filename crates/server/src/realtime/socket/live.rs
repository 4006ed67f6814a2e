//! A socket that is identified: the loop.
//!
//! Nothing it waits for keeps it from writing, and no wait is without an end: a peer that is silent, or takes nothing, is
//! closed. Not here: the bytes (`wire`), commands (`commands`), who gets which event (`hub`).

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::gateway::{Badge, ClientFrame, CloseCode, ServerFrame};
use plexichat_model::{JournalKey, limits};
use tokio::time::{Instant, Sleep, sleep_until};

use super::budget::Budget;
use super::commands::{self, Outcome};
use super::error_frame;
use super::follows::Follows;
use super::handle::{Found, Handle, Outbound, Outlet};
use super::identify::Beginning;
use super::own::{self, Todo};
use super::wire::{End, Incoming, Wire};
use crate::options::GatewayOptions;
use crate::realtime::encode::Frame;
use crate::realtime::hub::{Held, merged};
use crate::realtime::{Core, encode};

/// Badges are shown this often.
const BADGES: Duration = Duration::from_secs(1);
/// How often the session is asked about.
const SESSION: Duration = Duration::from_mins(5);
/// Refused frames in a row after which a socket is closed.
const PATIENCE: u32 = 100;

type Pending = Option<BoxFuture<'static, Outcome>>;

/// What happened to a socket, in the order in which it is looked for.
enum Next {
    Closing(CloseCode),
    Lost,
    Concluded(Box<Outcome>),
    Items,
    Received(Result<Incoming, End>),
    Due,
}

/// An identified socket.
pub(super) struct Live {
    core: Arc<Core>,
    caller: Caller,
    handle: Arc<Handle>,
    queue: Outlet,
    follows: Follows,
    positions: Vec<(JournalKey, i64)>,
    badges: Vec<Badge>,
    badges_due: Option<Instant>,
    /// The command under way.
    pending: Pending,
    /// What the account's own journal asks for.
    todo: VecDeque<Todo>,
    typing: commands::Typing,
    refused: u32,
    /// How long the peer may say nothing.
    silence: Duration,
}

impl Live {
    /// Enters the account's new socket among those of the node.
    pub(super) fn enter(core: &Arc<Core>, caller: Caller, options: &GatewayOptions) -> Result<Self> {
        let session = caller.session_id().ok_or_else(Error::unauthenticated)?;
        let (handle, queue) = Handle::with_queue(core.registry.number(), caller.account()?, session, options.queue);
        core.registry.enter(Arc::clone(&handle));
        core.presence.note(handle.user);
        Ok(Self {
            core: Arc::clone(core),
            caller,
            handle,
            queue,
            follows: Follows::default(),
            positions: Vec::new(),
            badges: Vec::new(),
            badges_due: None,
            pending: None,
            todo: VecDeque::new(),
            typing: commands::Typing::default(),
            refused: 0,
            silence: options.heartbeat * 2,
        })
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(super) fn handle(&self) -> &Arc<Handle> {
        &self.handle
    }

    /// Takes over what the beginning found.
    pub(super) fn with(mut self, beginning: Beginning) -> (Self, Vec<Frame>) {
        own::note(&mut self.follows, &beginning.caught.followed);
        beginning.caught.held.keep();
        self.positions = beginning.caught.positions;
        self.todo.extend(beginning.todo);
        (self, beginning.frames)
    }

    /// Works until the socket ends (`Err`) or must identify again (`Ok`).
    pub(super) async fn run(mut self, wire: &mut Wire, budget: &mut Budget) -> Result<Caller, End> {
        Box::pin(self.core.hub.start(self.handle.id, std::mem::take(&mut self.positions))).await;
        self.begin_next();
        let silence = self.silence;
        let mut heard = Instant::now();
        let mut session_due = heard + SESSION;
        let mut timer = std::pin::pin!(sleep_until(heard + silence));
        loop {
            match poll_fn(|cx| self.poll_next(wire, timer.as_mut(), cx)).await {
                Next::Closing(code) => {
                    // What was queued before the word still leaves.
                    self.write(wire).await?;
                    return Err(End::Close(code));
                }
                Next::Lost => return Box::pin(self.resync(wire)).await,
                Next::Concluded(outcome) => Box::pin(self.conclude(wire, *outcome)).await?,
                Next::Items => self.write(wire).await?,
                Next::Received(incoming) => {
                    heard = Instant::now();
                    Box::pin(self.receive(wire, incoming?, budget)).await?;
                }
                Next::Due => {
                    let now = Instant::now();
                    if now >= heard + silence && self.pending.is_none() {
                        return Err(End::Close(CloseCode::Timeout));
                    }
                    if now >= session_due {
                        session_due = now + SESSION;
                        self.todo.push_back(Todo::Session);
                    }
                    Box::pin(self.show_badges(wire, now)).await?;
                }
            }
            self.begin_next();
            arm(timer.as_mut(), [Some(heard + silence), Some(session_due), self.badges_due].into_iter().flatten());
        }
    }

    /// What comes first: the word that ends it, the answer of the command under way, what the hub queued, the peer's next
    /// frame when no command is under way, time.
    fn poll_next(&mut self, wire: &mut Wire, timer: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<Next> {
        let found = self.queue.look(cx);
        match found {
            Found::Closing(code) => return Poll::Ready(Next::Closing(code)),
            Found::Lost => return Poll::Ready(Next::Lost),
            Found::Items | Found::Nothing => {}
        }
        if let Some(pending) = &mut self.pending
            && let Poll::Ready(outcome) = pending.as_mut().poll(cx)
        {
            return Poll::Ready(Next::Concluded(Box::new(outcome)));
        }
        if found == Found::Items {
            return Poll::Ready(Next::Items);
        }
        if self.pending.is_none()
            && let Poll::Ready(incoming) = wire.poll_receive(cx)
        {
            return Poll::Ready(Next::Received(incoming));
        }
        timer.poll(cx).map(|()| Next::Due)
    }

    /// Everything queued is dropped, the client is told, and begins again with what it holds.
    async fn resync(self, wire: &mut Wire) -> Result<Caller, End> {
        drop(self.queue.take());
        wire.send([encode::frame(&ServerFrame::Resync {})]).await?;
        Ok(self.caller.clone())
    }

    /// Writes what is queued.
    async fn write(&mut self, wire: &mut Wire) -> Result<(), End> {
        for item in self.queue.take() {
            match item {
                Outbound::Frame(frame) => wire.add(frame),
                Outbound::Badge(badge) => self.gather(*badge),
                Outbound::Own(own) => {
                    let (frame, event) = *own;
                    wire.add(frame);
                    self.todo.extend(own::todo(&event));
                }
                Outbound::Ended(key, at) => match own::ended(&mut self.follows, key, at) {
                    Some(todo) => self.todo.push_back(todo),
                    None => self.handle.lose(),
                },
            }
        }
        if self.todo.len() > limits::SOCKET_QUEUE {
            self.handle.lose();
        }
        wire.flush().await
    }

    fn gather(&mut self, badge: Badge) {
        match self.badges.iter_mut().find(|held| held.channel_id == badge.channel_id) {
            Some(held) => *held = merged(held, &badge),
            None => self.badges.push(badge),
        }
        // The hub gathers for a second too; its shards are brought together here.
        self.badges_due.get_or_insert_with(|| Instant::now() + BADGES / 4);
    }

    async fn show_badges(&mut self, wire: &mut Wire, now: Instant) -> Result<(), End> {
        if self.badges_due.is_none_or(|due| now < due) {
            return Ok(());
        }
        self.badges_due = None;
        let badges = std::mem::take(&mut self.badges);
        let frames =
            badges.chunks(limits::PAGE_ITEMS).map(|part| encode::frame(&ServerFrame::Badges { channels: part.to_vec() }));
        wire.send(frames.collect::<Vec<_>>()).await
    }

    async fn receive(&mut self, wire: &mut Wire, incoming: Incoming, budget: &mut Budget) -> Result<(), End> {
        if let Err(wait) = budget.spend(self.core.clock.monotonic()) {
            self.refused += 1;
            if self.refused > PATIENCE {
                return Err(End::Close(CloseCode::RateLimited));
            }
            return match incoming {
                Incoming::Control => Ok(()),
                Incoming::Misfit(_, id) => self.refuse(wire, &Error::rate_limited(wait), id).await,
                Incoming::Frame(frame) => self.refuse(wire, &Error::rate_limited(wait), commands::id(&frame)).await,
            };
        }
        self.refused = 0;
        match incoming {
            Incoming::Control => Ok(()),
            Incoming::Misfit(error, id) => self.refuse(wire, &error, id).await,
            Incoming::Frame(frame) => match *frame {
                ClientFrame::Ping {} => wire.send([encode::frame(&ServerFrame::Pong {})]).await,
                // For debugging only: delivery does not depend on it.
                ClientFrame::Ack { .. } => Ok(()),
                ClientFrame::Identify { .. } => {
                    let error = Error::new(plexichat_model::ErrorCode::FrameInvalid, "this socket is identified already");
                    self.refuse(wire, &error, None).await
                }
                frame => self.command(wire, frame).await,
            },
        }
    }

    async fn command(&mut self, wire: &mut Wire, frame: ClientFrame) -> Result<(), End> {
        let id = commands::id(&frame);
        let begun = commands::begin(&self.core, &self.caller, &self.handle, &self.follows, &mut self.typing, frame);
        match begun {
            Ok(pending) => {
                self.pending = pending;
                Ok(())
            }
            Err(error) => self.refuse(wire, &error, id).await,
        }
    }

    async fn refuse(&mut self, wire: &mut Wire, error: &Error, id: Option<u64>) -> Result<(), End> {
        wire.send([error_frame(error, id, self.caller.request_id())]).await
    }

    /// A command ended: its answer leaves before anything that follows from it.
    async fn conclude(&mut self, wire: &mut Wire, outcome: Outcome) -> Result<(), End> {
        self.pending = None;
        if let Some(error) = &outcome.fault {
            tracing::error!(request_id = self.caller.request_id(), error = ?error, "a command failed");
        }
        if outcome.held.is_some() {
            // What was queued before the hold belongs before the answer: it must not come again after it.
            self.write(wire).await?;
        }
        // From here on what is held ends with the socket.
        own::note(&mut self.follows, &outcome.followed);
        outcome.held.into_iter().for_each(Held::keep);
        for (id, level) in outcome.levels.into_iter().filter(|(id, _)| self.follows.has_channel(*id)).collect::<Vec<_>>() {
            self.follows.channel(id, level);
        }
        for key in &outcome.ended {
            own::forget(&mut self.follows, *key);
        }
        if let Some(caller) = outcome.caller {
            self.caller = caller;
        }
        if !outcome.frames.is_empty() {
            wire.send(outcome.frames).await?;
        }
        self.core.hub.end(self.handle.id, outcome.ended).await;
        self.core.hub.start(self.handle.id, outcome.positions).await;
        match outcome.close {
            Some(code) => Err(End::Close(code)),
            None => Ok(()),
        }
    }

    /// The account's own journal comes before the peer's commands.
    fn begin_next(&mut self) {
        while self.pending.is_none()
            && let Some(todo) = self.todo.pop_front()
        {
            self.pending = own::begin(&self.core, &self.caller, &self.handle, &self.follows, todo);
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.core.registry.leave(&self.handle);
        self.core.presence.leave(&self.handle);
        let (hub, id) = (self.core.hub.clone(), self.handle.id);
        let journals = self.follows.journals(self.handle.user);
        // The shards may be busy; nobody waits for a socket that is gone.
        plexichat_kernel::tasks::spawn("socket_end", async move { hub.end(id, journals).await });
    }
}

/// Sets the timer to the earliest due. A later one than it is set to is looked at when it goes off: peers are heard all
/// the time, and each would move it.
fn arm(mut timer: Pin<&mut Sleep>, dues: impl Iterator<Item = Instant>) {
    if let Some(due) = dues.min()
        && (due < timer.deadline() || timer.is_elapsed())
    {
        timer.as_mut().reset(due);
    }
}
