//! Load that knows what it was promised.
//!
//! Each sender writes one message after the other and repeats each with the same nonce until the server acknowledges
//! it, as every client does. What was acknowledged is kept word for word.

use super::World;
use anyhow::{Result, bail};
use plexichat_client::Client;
use plexichat_model::{
    ChannelId,
    message::{MessageView, NewMessage},
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinHandle;

/// What makes a send the same send: its channel, author and nonce.
pub type Key = (i64, i64, i64);

/// What the server promised to keep, each message as it was acknowledged.
pub type Acknowledged = BTreeMap<Key, MessageView>;

/// The key of a message that was sent with a nonce.
pub fn key(message: &MessageView) -> Option<Key> {
    Some((message.channel_id.get(), message.author_id.get(), message.nonce?.get()))
}

#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    acknowledged: Mutex<Acknowledged>,
    repeats: AtomicU64,
}

/// Senders at work.
#[derive(Debug)]
pub struct Load {
    shared: Arc<Shared>,
    senders: Vec<JoinHandle<Result<()>>>,
}

impl Load {
    /// So many senders for each world (one per node), taking people and channels in turn.
    pub fn start(worlds: &[World], senders: usize, pause: Duration) -> Self {
        let shared = Arc::new(Shared::default());
        let mut handles = Vec::new();
        for world in worlds {
            for index in 0..senders {
                let client = world.people[index % world.people.len()].clone();
                let channel = world.channels[index % world.channels.len()];
                let work = send(Arc::clone(&shared), client, channel, pause);
                handles.push(plexichat_kernel::tasks::spawn("test sender", work));
            }
        }
        Self { shared, senders: handles }
    }

    /// Number of messages acknowledged so far.
    pub fn count(&self) -> usize {
        self.shared.acknowledged.lock().unwrap_or_else(std::sync::PoisonError::into_inner).len()
    }

    /// Number of sends that had to be repeated so far.
    pub fn repeats(&self) -> u64 {
        self.shared.repeats.load(Ordering::Relaxed)
    }

    /// Ends the load; every message under way is acknowledged first.
    pub async fn finish(self) -> Result<Acknowledged> {
        self.shared.stop.store(true, Ordering::Release);
        for sender in self.senders {
            sender.await??;
        }
        Ok(std::mem::take(&mut *self.shared.acknowledged.lock().unwrap_or_else(std::sync::PoisonError::into_inner)))
    }
}

async fn send(shared: Arc<Shared>, client: Client, channel: ChannelId, pause: Duration) -> Result<()> {
    while !shared.stop.load(Ordering::Acquire) {
        let nonce = plexichat_client::new_nonce();
        let text = format!("message {nonce:?}");
        let new = NewMessage { nonce, text, thread_id: None, read_up_to: None, confirm_broadcast: false };
        let mut attempts = 0_u32;
        let message = loop {
            match client.send_message(channel, &new).await {
                Ok(message) => break message,
                Err(error) if error.is_temporary() => {
                    attempts += 1;
                    shared.repeats.fetch_add(1, Ordering::Relaxed);
                    if attempts > 3_000 {
                        bail!("a message is refused for a minute: {error}");
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(error) => bail!("a message was refused for good: {error}"),
            }
        };
        if message.text != new.text || message.nonce != Some(new.nonce) {
            bail!("the acknowledgement of {new:?} is of another message: {message:?}");
        }
        let key = (channel.get(), message.author_id.get(), nonce.get());
        if let Some(first) = shared.acknowledged.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(key, message) {
            bail!("one nonce was sent twice, first as {first:?}");
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
    Ok(())
}
