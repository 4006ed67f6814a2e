//! Keys are replaced and destroyed while the real program is killed again and again.
//!
//! Root, workspace and channel keys are rotated and another channel is shredded, all at once, under people who write; the
//! program gets `kill -9` at random moments. Afterwards every task is done, every acknowledged message of the rotated
//! channels says what it said, and of the shredded one nothing is left.

use crate::{program, run};
use anyhow::{Context as _, Result, ensure};
use plexichat_client::{Client, MessagesAt, new_nonce};
use plexichat_model::{
    ChannelId,
    key_tasks::{KeyTaskKind, KeyTaskState, KeyTaskTarget, NewKeyTask},
    message::NewMessage,
};
use plexichat_testkit::{
    Engine, TestDb,
    server::{RealBinary, World},
};
use std::{collections::BTreeMap, time::Duration};

/// Times the program is killed.
const KILLS: u32 = 6;
/// Messages of a channel before it begins.
const BEFORE: u32 = 250;
/// Longer than a node trusts its memory of keys, and than a request takes here.
const SETTLE: &str = "20";

#[test]
fn keys_are_replaced_and_destroyed_sqlite() {
    run(Engine::Sqlite, keys_are_replaced_and_destroyed(Engine::Sqlite));
}

#[test]
fn keys_are_replaced_and_destroyed_postgres() {
    run(Engine::Postgres, keys_are_replaced_and_destroyed(Engine::Postgres));
}

#[test]
fn keys_are_replaced_and_destroyed_mariadb() {
    run(Engine::MariaDb, keys_are_replaced_and_destroyed(Engine::MariaDb));
}

/// What was acknowledged in a channel, by number.
type Said = BTreeMap<i64, String>;

async fn say(person: &Client, channel: ChannelId, text: String, said: &mut Said) {
    let new = NewMessage { nonce: new_nonce(), text: text.clone(), thread_id: None, read_up_to: None, confirm_broadcast: false };
    // The program may be killed at any moment: what was not acknowledged is not promised.
    if let Ok(Ok(message)) = tokio::time::timeout(Duration::from_secs(20), person.send_message(channel, &new)).await {
        said.insert(message.number, text);
    }
}

async fn read(person: &Client, channel: ChannelId) -> Result<Said> {
    let (mut said, mut after) = (Said::new(), 0);
    loop {
        let page = person.list_messages(channel, MessagesAt::After(after), Some(100)).await?;
        let Some(last) = page.messages.last() else { return Ok(said) };
        after = last.number;
        said.extend(page.messages.into_iter().map(|message| (message.number, message.text)));
    }
}

async fn order(owner: &Client, kind: KeyTaskKind, target: KeyTaskTarget) -> Result<()> {
    owner.order_key_task(&NewKeyTask { kind, target, month: None }).await.map(|_| ()).context("is taken")
}

async fn all_done(owner: &Client) -> bool {
    let tasks = tokio::time::timeout(Duration::from_secs(20), owner.list_key_tasks()).await;
    tasks.is_ok_and(|tasks| tasks.is_ok_and(|tasks| tasks.items.iter().all(|task| task.state == KeyTaskState::Done)))
}

async fn keys_are_replaced_and_destroyed(engine: Engine) -> Result<()> {
    let database = if engine == Engine::Sqlite { None } else { Some(TestDb::private(engine).await?) };
    let settings = [("KEYS__SETTLE_SECONDS", SETTLE), ("KEYS__SHRED_GRACE_HOURS", "0"), ("LIMITS__ENABLED", "false")];
    let server = RealBinary::start_on(program(), database, &settings).await?;
    let world = World::set_up(&server.address(), &server.setup_code().await?, 2, 2).await?;
    let (person, owner) = (&world.people[1], &world.people[0]);
    let (kept, lost) = (world.channels[0], world.channels[1]);
    let (mut said, mut after_shred) = (Said::new(), Said::new());
    let mut doomed = Said::new();
    for number in 0..BEFORE {
        say(person, kept, format!("kept {number}"), &mut said).await;
        say(person, lost, format!("lost {number}"), &mut doomed).await;
    }
    ensure!(said.len() == BEFORE as usize && doomed.len() == BEFORE as usize, "they are all there");
    order(owner, KeyTaskKind::Shred, KeyTaskTarget::Channel { id: lost }).await?;
    order(owner, KeyTaskKind::Rotate, KeyTaskTarget::Channel { id: kept }).await?;
    order(owner, KeyTaskKind::Rotate, KeyTaskTarget::Root {}).await?;
    order(owner, KeyTaskKind::Rotate, KeyTaskTarget::Workspace { id: world.workspace }).await?;

    for kill in 0..KILLS {
        let pause = Duration::from_millis(plexichat_kernel::random::u64() % 8_000);
        let until = tokio::time::Instant::now() + pause;
        let mut number = 0;
        while tokio::time::Instant::now() < until {
            say(person, kept, format!("kept while {kill} {number}"), &mut said).await;
            number += 1;
        }
        server.kill9();
        server.restart().await.with_context(|| format!("start {kill}"))?;
    }
    let mut number = 0;
    while !all_done(owner).await {
        ensure!(number < 3_000, "it does not end: {:?}", owner.list_key_tasks().await);
        say(person, kept, format!("kept after {number}"), &mut said).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        number += 1;
    }
    say(person, lost, "a new beginning".to_owned(), &mut after_shred).await;
    // And once more from the disk alone.
    server.kill9();
    server.restart().await?;
    let now = read(person, kept).await?;
    for (number, text) in &said {
        ensure!(now.get(number) == Some(text), "message {number} said {text:?}, and says {:?}", now.get(number));
    }
    let left = read(person, lost).await?;
    for number in doomed.keys() {
        ensure!(left.get(number).is_none_or(String::is_empty), "message {number} is still there: {:?}", left.get(number));
    }
    for (number, text) in &after_shred {
        ensure!(left.get(number) == Some(text), "what was said after it is there");
    }
    println!("{}: {} messages kept, {} gone, {KILLS} kills", engine.as_str(), said.len(), doomed.len());
    Ok(())
}
