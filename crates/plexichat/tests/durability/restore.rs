//! A backup is restored under clients that have seen more than it holds.

use crate::{program, run, verify};
use anyhow::{Context as _, Result, ensure};
use plexichat_testkit::{
    Backup, Engine,
    server::{Load, RealBinary, Watcher, World, all_messages, wait_until},
};
use std::{path::PathBuf, time::Duration};

#[test]
fn clients_of_a_restored_backup_end_equal_sqlite() {
    run(Engine::Sqlite, restored(Engine::Sqlite));
}

#[test]
fn clients_of_a_restored_backup_end_equal_postgres() {
    run(Engine::Postgres, restored(Engine::Postgres));
}

#[test]
fn clients_of_a_restored_backup_end_equal_mariadb() {
    run(Engine::MariaDb, restored(Engine::MariaDb));
}

enum Saved {
    File(PathBuf),
    Server(Backup),
}

async fn save(server: &RealBinary) -> Result<Saved> {
    if let Some(database) = server.database() {
        return Ok(Saved::Server(database.save().await?));
    }
    let copy = server.data_dir().with_extension("backup");
    std::fs::copy(server.data_dir().join("plexichat.db"), &copy)?;
    Ok(Saved::File(copy))
}

async fn restore(server: &RealBinary, saved: &Saved) -> Result<()> {
    match saved {
        Saved::Server(backup) => server.database().context("a database server")?.restore(backup).await,
        Saved::File(copy) => {
            for suffix in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(server.data_dir().join(format!("plexichat.db{suffix}")));
            }
            std::fs::copy(copy, server.data_dir().join("plexichat.db"))?;
            Ok(())
        }
    }
}

async fn some_load(world: &World, messages: usize) -> Result<()> {
    let load = Load::start(std::slice::from_ref(world), 4, Duration::ZERO);
    wait_until("messages are acknowledged", Duration::from_mins(1), async || load.count() >= messages).await?;
    load.finish().await?;
    Ok(())
}

async fn equal(world: &World, watchers: &[Watcher]) -> Result<()> {
    for channel in &world.channels {
        let messages = all_messages(&world.people[0], *channel).await?;
        for watcher in watchers {
            watcher.wait_for(*channel, &messages, Duration::from_secs(30)).await?;
        }
    }
    watchers.iter().try_for_each(verify::faultless)
}

async fn restored(engine: Engine) -> Result<()> {
    let server = RealBinary::start(program(), engine).await?;
    let world = World::set_up(&server.address(), &server.setup_code().await?, 2, 2).await?;
    let watchers: Vec<Watcher> = world.people.iter().map(|person| Watcher::start(person, &world.channels)).collect();
    some_load(&world, 60).await?;
    equal(&world, &watchers).await?;
    let epoch = watchers[0].look(|seen| seen.epoch.clone());

    // Stopped in order, so that the backup is whole; then life goes on beyond it.
    server.stop().await?;
    let saved = save(&server).await?;
    server.restart().await?;
    some_load(&world, 60).await?;
    equal(&world, &watchers).await?;
    let lost = all_messages(&world.people[0], world.channels[0]).await?.len();

    // The node's own memory of how far it had committed is written once a second.
    tokio::time::sleep(Duration::from_secs(2)).await;
    server.kill9();
    restore(&server, &saved).await?;
    server.restart().await?;
    let kept = all_messages(&world.people[0], world.channels[0]).await?.len();
    ensure!(kept < lost, "the backup holds less: {kept} of {lost} messages");
    wait_until("the clients load the new epoch", Duration::from_secs(30), async || {
        watchers.iter().all(|watcher| watcher.look(|seen| seen.epoch != epoch && seen.epochs == 1))
    })
    .await?;
    equal(&world, &watchers).await?;
    // New messages take the numbers of the lost ones; nobody mixes them up.
    some_load(&world, 100).await?;
    equal(&world, &watchers).await?;
    println!("{}: restored from {lost} back to {kept} messages in one channel, a new epoch, clients equal", engine.as_str());
    Ok(())
}
