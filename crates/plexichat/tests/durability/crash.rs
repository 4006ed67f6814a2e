//! The database server is killed under a running node, which goes on by itself when it is back.

use crate::{program, run, verify};
use anyhow::{Context as _, Result};
use plexichat_testkit::{
    Engine, TestDb,
    server::{Load, RealBinary, Watcher, World, wait_until},
};
use std::time::Duration;

const KILLS: u32 = 5;

#[test]
fn the_database_is_killed_postgres() {
    run(Engine::Postgres, the_database_is_killed(Engine::Postgres));
}

#[test]
fn the_database_is_killed_mariadb() {
    run(Engine::MariaDb, the_database_is_killed(Engine::MariaDb));
}

async fn the_database_is_killed(engine: Engine) -> Result<()> {
    let database = TestDb::private(engine).await?;
    let instance = database.instance().context("a server")?.clone();
    let server = RealBinary::start_on(program(), Some(database), &[]).await?;
    let world = World::set_up(&server.address(), &server.setup_code().await?, 3, 2).await?;
    let before = verify::heads(&world).await?;
    let watchers: Vec<Watcher> = world.people[..2].iter().map(|person| Watcher::start(person, &world.channels)).collect();
    let load = Load::start(std::slice::from_ref(&world), 6, Duration::ZERO);
    for round in 0..KILLS {
        let count = load.count();
        wait_until("the load goes on", Duration::from_mins(1), async || load.count() > count + 30)
            .await
            .with_context(|| format!("round {round}; the end of the log:\n{}", tail(&server)))?;
        tokio::time::sleep(plexichat_kernel::random::jitter(Duration::from_millis(300))).await;
        instance.crash().await?;
        tokio::time::sleep(plexichat_kernel::random::jitter(Duration::from_secs(1))).await;
        instance.start_again().await?;
    }
    let count = load.count();
    wait_until("the load goes on at the end", Duration::from_mins(1), async || load.count() > count + 30).await?;
    let repeats = load.repeats();
    let acknowledged = load.finish().await?;
    verify::everything(&world, &before, &acknowledged, &watchers)
        .await
        .with_context(|| format!("the end of the log:\n{}", tail(&server)))?;
    println!("{}: {KILLS} kills, {} messages acknowledged, {repeats} sends repeated", engine.as_str(), acknowledged.len());
    Ok(())
}

fn tail(server: &RealBinary) -> String {
    let log = server.log();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
