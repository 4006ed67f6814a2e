//! Who is there: asked for a few people, told in one batch every two seconds.
//!
//! A person is online while a socket of theirs is open here. When other nodes live and share no cache with
//! this one, who is not here may be there: `unknown`, never wrongly `offline`.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use plexichat_kernel::{Result, Shutdown, Worker};
use plexichat_model::UserId;
use plexichat_model::gateway::{PresenceUpdate, ServerFrame};
use plexichat_model::user::PresenceStatus;

use super::cluster::Cluster;
use super::encode;
use super::registry::Registry;
use super::socket::handle::{Handle, Outbound};

/// How often changes are told.
const BATCH: Duration = Duration::from_secs(2);

/// Presence on this node.
#[derive(Debug)]
pub(crate) struct Presence {
    registry: Arc<Registry>,
    cluster: Arc<Cluster>,
    followers: Mutex<Followers>,
}

#[derive(Debug, Default)]
struct Followers {
    /// Sockets and the people they ask about.
    sockets: HashMap<u64, (Arc<Handle>, Vec<UserId>)>,
    /// People and the sockets that ask about them.
    people: HashMap<UserId, Vec<u64>>,
    changed: HashSet<UserId>,
    /// Whether other nodes lived when presence was told last.
    had_others: bool,
}

impl Followers {
    fn forget(&mut self, socket: u64) {
        let Some((_, people)) = self.sockets.remove(&socket) else { return };
        for user in people {
            if let Some(sockets) = self.people.get_mut(&user) {
                sockets.retain(|id| *id != socket);
                if sockets.is_empty() {
                    self.people.remove(&user);
                    self.changed.remove(&user);
                }
            }
        }
    }
}

impl Presence {
    pub(crate) fn new(registry: Arc<Registry>, cluster: Arc<Cluster>) -> Self {
        Self { registry, cluster, followers: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Followers> {
        self.followers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A socket of this person came or went.
    pub(crate) fn note(&self, user: UserId) {
        let mut followers = self.lock();
        if followers.people.contains_key(&user) {
            followers.changed.insert(user);
        }
    }

    /// A socket went.
    pub(crate) fn leave(&self, socket: &Handle) {
        self.lock().forget(socket.id);
        self.note(socket.user);
    }

    /// Replaces whom a socket asks about, and answers how they are.
    pub(crate) fn follow(&self, socket: &Arc<Handle>, mut people: Vec<UserId>) -> Vec<PresenceUpdate> {
        people.sort_unstable();
        people.dedup();
        let mut followers = self.lock();
        followers.forget(socket.id);
        for user in &people {
            followers.people.entry(*user).or_default().push(socket.id);
        }
        let updates = people.iter().map(|user| self.update(*user)).collect();
        if !people.is_empty() {
            followers.sockets.insert(socket.id, (Arc::clone(socket), people));
        }
        updates
    }

    fn update(&self, user_id: UserId) -> PresenceUpdate {
        let status = match (self.registry.is_online(user_id), self.cluster.has_others()) {
            (true, _) => PresenceStatus::Online,
            (false, true) => PresenceStatus::Unknown,
            (false, false) => PresenceStatus::Offline,
        };
        PresenceUpdate { user_id, status }
    }

    /// Tells everybody what changed.
    fn tell(&self) {
        let mut followers = self.lock();
        let has_others = self.cluster.has_others();
        if std::mem::replace(&mut followers.had_others, has_others) != has_others {
            let all: Vec<UserId> = followers.people.keys().copied().collect();
            followers.changed.extend(all);
        }
        let mut batches: HashMap<u64, Vec<PresenceUpdate>> = HashMap::new();
        for user in std::mem::take(&mut followers.changed) {
            let update = self.update(user);
            for socket in followers.people.get(&user).into_iter().flatten() {
                batches.entry(*socket).or_default().push(update.clone());
            }
        }
        for (socket, updates) in batches {
            if let Some((handle, _)) = followers.sockets.get(&socket) {
                handle.push(Outbound::Frame(encode::frame(&ServerFrame::Presence { updates })));
            }
        }
    }
}

/// Tells presence every two seconds.
#[derive(Debug)]
pub(crate) struct PresenceWorker {
    pub(crate) presence: Arc<Presence>,
}

#[async_trait::async_trait]
impl Worker for PresenceWorker {
    fn name(&self) -> &'static str {
        "presence"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        loop {
            self.presence.tell();
            if shutdown.run_until(tokio::time::sleep(BATCH)).await.is_none() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plexichat_model::SessionId;

    #[test]
    fn changes_reach_who_asked_and_nobody_is_wrongly_offline() {
        let registry = Arc::new(Registry::new(crate::options::LiveOptions::new(crate::options::ServerOptions::default())));
        let cluster = Arc::new(Cluster::new());
        let presence = Presence::new(Arc::clone(&registry), Arc::clone(&cluster));
        let (asker, mut queue) = Handle::new(1, UserId(1), SessionId(1));
        let (other, _other_queue) = Handle::new(2, UserId(2), SessionId(2));
        let before = presence.follow(&asker, vec![UserId(2), UserId(2), UserId(3)]);
        assert_eq!(before.iter().map(|update| update.status).collect::<Vec<_>>(), [PresenceStatus::Offline; 2]);
        registry.enter(Arc::clone(&other));
        presence.note(UserId(2));
        presence.tell();
        assert!(matches!(queue.try_recv(), Some(Outbound::Frame(_))));
        presence.tell();
        assert!(queue.try_recv().is_none(), "nothing changed");
        cluster.note(true, 1);
        presence.tell();
        assert!(matches!(queue.try_recv(), Some(Outbound::Frame(_))), "who is not here may be there");
        assert_eq!(presence.update(UserId(3)).status, PresenceStatus::Unknown);
        presence.leave(&asker);
        assert!(presence.lock().people.is_empty());
    }
}
