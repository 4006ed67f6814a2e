//! Answers nodes that ask to join. A worker of every node that runs: whoever comes first answers.
//!
//! A token is used up, the node's row and its seal are written and the act is recorded in one transaction, so a token admits one
//! node whatever is killed, and however many answer. Not here: what the new machine does (`join`), what a root key is.

use super::{
    MOST_NODES,
    join::Refusal,
    meanwhile, seals,
    store::{self, JOINED, NodeRow},
    token::{NodeToken, PART, SECRET, TOKEN, belongs, invited},
};
use crate::{
    Keys, root,
    store::{insert_root_seal, next_generation},
    vault::{NodeSeal, seal_name},
};
use async_trait::async_trait;
use futures_util::future::BoxFuture;
use plexichat_database::Tx;
use plexichat_kernel::{Result, Shutdown, Worker};
use plexichat_model::{ErrorKind, UserId};
use plexichat_sealing::{Key, Recipient};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// How often it asks.
const EVERY: Duration = Duration::from_secs(1);
/// How often it looks for what nobody waits for any more.
const SWEEP_EVERY_MS: i64 = 3_600_000;
/// How long refused requests and ended invitations are kept, to say so: the longest life of an invitation and a day.
const KEPT_MS: i64 = 8 * 24 * 3_600_000;

/// A node that joins, for whoever records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// Its id.
    pub id: i64,
    /// What people compare.
    pub fingerprint: String,
    /// The invitation.
    pub invitation_id: i64,
    /// Who had made that; 0: the command line of a server.
    pub invited_by: UserId,
}

/// Writes down that a node joined, in the transaction in which it does.
pub type Note = Arc<dyn for<'a> Fn(&'a Tx) -> BoxFuture<'a, Result<()>> + Send + Sync>;

/// Knows how it is recorded that a node joined.
#[async_trait]
pub trait JoinRecord: Send + Sync {
    /// Makes what is to be written.
    async fn note(&self, joined: &Joined) -> Result<Note>;
}

/// The worker.
pub struct Admission {
    keys: Keys,
    record: Arc<dyn JoinRecord>,
    swept_ms: AtomicI64,
}

/// What is to be said to a request.
enum Verdict {
    Admit(Box<Admitted>),
    Refuse(Refusal),
}

/// All that is written when a node joins.
struct Admitted {
    joined: Joined,
    name: String,
    secret: Vec<u8>,
    version: i32,
    sealed: Vec<u8>,
    now_ms: i64,
}

impl Admission {
    /// A worker that lets nodes join by their tokens.
    pub fn new(keys: Keys, record: Arc<dyn JoinRecord>) -> Self {
        Self { keys, record, swept_ms: AtomicI64::new(0) }
    }

    /// Answers who asks now. What fails is tried again in the next round.
    pub async fn round(&self) -> Result<()> {
        let now_ms = self.keys.journal.clock().now_ms();
        if now_ms - self.swept_ms.load(Ordering::Relaxed) >= SWEEP_EVERY_MS {
            self.swept_ms.store(now_ms, Ordering::Relaxed);
            let write = self.keys.journal.write(move |tx| Box::pin(store::sweep(tx, now_ms - KEPT_MS)));
            write.await?;
        }
        let requests = store::requests(self.keys.journal.db().reader()).await?;
        for request in requests {
            if let Err(error) = self.answer(&request).await {
                let cause = error.cause().unwrap_or_else(|| error.message().to_owned());
                // Two nodes answer at the same moment, or a rotation comes between.
                if error.kind() == ErrorKind::Conflict {
                    tracing::debug!(node = request.id, error = cause, "a node that asks to join is answered again");
                } else {
                    tracing::warn!(
                        node = request.id,
                        error = cause,
                        "a node that asks to join was not answered; it is tried again"
                    );
                }
            }
        }
        Ok(())
    }

    async fn answer(&self, request: &NodeRow) -> Result<()> {
        match self.judge(request).await? {
            Verdict::Admit(admitted) => self.admit(request, *admitted).await,
            Verdict::Refuse(refusal) => {
                let (id, reason) = (request.id, refusal as i16);
                let refused = self.keys.journal.write(move |tx| Box::pin(store::refuse(tx, id, reason))).await?;
                if refused {
                    tracing::warn!(
                        node = id,
                        invitation = request.invitation_id,
                        ?refusal,
                        "a node that asked to join was refused"
                    );
                }
                Ok(())
            }
        }
    }

    async fn judge(&self, request: &NodeRow) -> Result<Verdict> {
        let (keys, refuse) = (&self.keys, |refusal| Ok(Verdict::Refuse(refusal)));
        let (reader, now_ms) = (keys.journal.db().reader(), keys.journal.clock().now_ms());
        let Some(invitation) = store::invitation(reader, request.invitation_id).await? else {
            return refuse(Refusal::Unknown);
        };
        if invitation.used_by != 0 {
            return refuse(Refusal::Used);
        }
        // Asked before: what does not open below was changed, and is not merely out of reach.
        keys.of_part(PART).await?;
        let opened = keys.open_for_part(PART, TOKEN, &invited(&invitation), &invitation.sealed).await;
        let token = opened.ok().map(zeroize::Zeroizing::new).and_then(|secret| NodeToken::from_secret(&secret));
        // Only what the server sealed says when it ends.
        let Some(token) = token else { return refuse(Refusal::Changed) };
        if invitation.expires_ms <= now_ms {
            return refuse(Refusal::Expired);
        }
        let (Some(seal_key), Ok(recipient)) = (token.check(request), Recipient::from_bytes(&request.recipient)) else {
            return refuse(Refusal::Proof);
        };
        if request.name != seal_name(&recipient) || !self.may_take_place(request, &seal_key).await? {
            return refuse(Refusal::Proof);
        }
        if store::count_joined(reader).await? >= MOST_NODES {
            return refuse(Refusal::Full);
        }
        let secret = keys.seal_for_part(PART, SECRET, &belongs(request, now_ms), seal_key.expose()).await?;
        let roots = keys.roots.load_full();
        let (version, root) = (roots.newest().version, roots.newest().key());
        let joined = Joined {
            id: request.id,
            fingerprint: recipient.fingerprint().to_string(),
            invitation_id: invitation.id,
            invited_by: UserId(invitation.created_by),
        };
        let name = seal_name(&recipient);
        let sealed = NodeSeal { recipient, key: seal_key }.seal(&root::label(version), root)?;
        Ok(Verdict::Admit(Box::new(Admitted { joined, name, secret, version, sealed, now_ms })))
    }

    /// Whether a node that has joined under this name, if there is one, is the same: it has the same seal key.
    async fn may_take_place(&self, request: &NodeRow, seal_key: &Key) -> Result<bool> {
        let rows = store::of_name(self.keys.journal.db().reader(), &request.name).await?;
        for row in rows.iter().filter(|row| row.state == JOINED) {
            if seals::own(&self.keys, row).await.is_some_and(|node| node.key != *seal_key) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn admit(&self, request: &NodeRow, admitted: Admitted) -> Result<()> {
        let entry = self.record.note(&admitted.joined).await?;
        let (node, invitation, told) = (request.id, request.invitation_id, admitted.joined.fingerprint.clone());
        let admitted = Arc::new(admitted);
        let write = self.keys.journal.write(move |tx| {
            let (admitted, entry) = (Arc::clone(&admitted), Arc::clone(&entry));
            Box::pin(async move {
                // First: a rotation of the root key comes before or after, never between.
                next_generation(tx).await?;
                let Admitted { name, secret, version, sealed, now_ms, .. } = &*admitted;
                if store::newest_root(tx).await? != Some(*version) || !store::use_invitation(tx, invitation, node).await? {
                    return Err(meanwhile());
                }
                store::forget_name(tx, name).await?;
                if !store::join(tx, node, secret.clone(), *now_ms).await? {
                    return Err(meanwhile());
                }
                insert_root_seal(tx, *version, name.clone(), sealed.clone(), *now_ms).await?;
                entry(tx).await
            })
        });
        write.await?;
        tracing::info!(node, invitation, fingerprint = told, "a node joined: the root key was sealed for it");
        self.keys.refresh().await.map(drop)
    }
}

#[async_trait]
impl Worker for Admission {
    fn name(&self) -> &'static str {
        "node_admission"
    }

    async fn run(&self, shutdown: Shutdown) -> Result<()> {
        let clock = self.keys.journal.clock().clone();
        loop {
            // An answer that is cut off here is one that was never given.
            tokio::select! {
                () = shutdown.triggered() => return Ok(()),
                done = self.round() => done?,
            }
            tokio::select! {
                () = shutdown.triggered() => return Ok(()),
                () = clock.sleep(EVERY) => {}
            }
        }
    }
}
