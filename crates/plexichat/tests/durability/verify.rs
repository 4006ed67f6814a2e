//! What must be true of an instance whatever happened to it.

use anyhow::{Context as _, Result, bail, ensure};
use plexichat_client::Client;
use plexichat_model::{ChannelId, channel::ChannelHead, message::MessageView};
use plexichat_testkit::server::{Acknowledged, Watcher, World, all_messages, key};
use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

/// Counters of each channel.
pub(crate) type Heads = BTreeMap<ChannelId, ChannelHead>;

/// Counters of the world's channels now.
pub(crate) async fn heads(world: &World) -> Result<Heads> {
    let mut heads = Heads::new();
    for channel in &world.channels {
        heads.insert(*channel, world.people[0].get_channel(*channel).await?.head);
    }
    Ok(heads)
}

/// Acknowledged means stored exactly once, numbers and versions have no gaps, and every watcher holds the same.
pub(crate) async fn everything(world: &World, before: &Heads, acknowledged: &Acknowledged, watchers: &[Watcher]) -> Result<()> {
    let after = heads(world).await?;
    let mut found = BTreeMap::new();
    for channel in &world.channels {
        let messages = all_messages(&world.people[0], *channel).await?;
        sequence(&messages, &before[channel], &after[channel]).with_context(|| format!("channel {channel}"))?;
        for message in &messages {
            let Some(key) = key(message) else { continue };
            if let Some(first) = found.insert(key, message.clone()) {
                bail!("stored twice: {first:?} and {message:?}");
            }
        }
        for watcher in watchers {
            watcher.wait_for(*channel, &messages, Duration::from_secs(20)).await?;
        }
    }
    for (key, promised) in acknowledged {
        let stored = found.get(key).with_context(|| format!("lost: {promised:?}"))?;
        ensure!(
            stored.id == promised.id && stored.number == promised.number && stored.version == promised.version,
            "acknowledged as {promised:?}, stored as {stored:?}"
        );
        ensure!(stored.text == promised.text && stored.channel_id == promised.channel_id, "{promised:?} became {stored:?}");
    }
    ensure!(found.len() == acknowledged.len(), "{} messages stored, {} acknowledged", found.len(), acknowledged.len());
    for watcher in watchers {
        faultless(watcher)?;
    }
    Ok(())
}

/// Numbers from 1 without a gap, versions rising with them, one version a message.
fn sequence(messages: &[MessageView], before: &ChannelHead, after: &ChannelHead) -> Result<()> {
    for (expected, message) in (1..).zip(messages) {
        ensure!(message.number == expected, "number {expected} is missing, {} follows", message.number);
    }
    for pair in messages.windows(2) {
        ensure!(pair[0].version < pair[1].version, "versions do not rise: {pair:?}");
    }
    let ids: HashSet<i64> = messages.iter().map(|message| message.id.get()).collect();
    ensure!(ids.len() == messages.len(), "an id is used twice");
    let newest = messages.last().map_or(0, |message| message.number);
    ensure!(newest == after.last_number, "the newest number is {newest}, the head says {}", after.last_number);
    // Nothing but messages was written between the two heads: each took one version and one number.
    let (versions, numbers) = (after.version - before.version, after.last_number - before.last_number);
    ensure!(versions == numbers, "{versions} versions for {numbers} messages");
    Ok(())
}

/// The watcher saw nothing that must not be, and first saw every message in its place.
pub(crate) fn faultless(watcher: &Watcher) -> Result<()> {
    watcher.look(|seen| {
        ensure!(seen.faults.is_empty(), "{} faults, such as {:?}", seen.faults.len(), &seen.faults[..seen.faults.len().min(5)]);
        for (channel, held) in &seen.channels {
            ensure!(held.order.is_sorted(), "channel {channel}: numbers were first seen out of order");
        }
        Ok(())
    })
}

/// Reads on from the newest message it knows, again and again: a number that appears later than a higher one would be
/// a gap that is filled afterwards.
pub(crate) async fn never_a_gap(
    client: Client,
    channel: ChannelId,
    stop: std::sync::Arc<std::sync::atomic::AtomicBool>,
) -> Result<i64> {
    let mut newest = 0;
    while !stop.load(std::sync::atomic::Ordering::Acquire) {
        let page = match client.list_messages(channel, plexichat_client::MessagesAt::After(newest), Some(200)).await {
            Ok(page) => page,
            Err(error) if error.is_temporary() => continue,
            Err(error) => return Err(error.into()),
        };
        for message in &page.messages {
            ensure!(message.number == newest + 1, "channel {channel}: {} was readable before {}", message.number, newest + 1);
            newest = message.number;
        }
        ensure!(page.head.last_number <= newest || page.more_after, "channel {channel}: the head is ahead of its rows");
    }
    Ok(newest)
}
