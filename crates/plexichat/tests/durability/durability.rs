//! The program is killed at random moments under load.

use crate::{program, run, verify};
use anyhow::{Result, ensure};
use plexichat_testkit::{
    Engine,
    server::{Load, RealBinary, Watcher, World, wait_until},
};
use std::time::Duration;

const PEOPLE: usize = 3;
const CHANNELS: usize = 3;
const SENDERS: usize = 6;

#[expect(clippy::disallowed_methods, reason = "a switch for people who run tests, not a setting of the server")]
fn rounds() -> u32 {
    std::env::var("PLEXICHAT_CRASH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(25)
}

#[test]
fn killed_at_random_moments_sqlite() {
    run(Engine::Sqlite, killed_at_random_moments(Engine::Sqlite));
}

#[test]
fn killed_at_random_moments_postgres() {
    run(Engine::Postgres, killed_at_random_moments(Engine::Postgres));
}

#[test]
fn killed_at_random_moments_mariadb() {
    run(Engine::MariaDb, killed_at_random_moments(Engine::MariaDb));
}

async fn killed_at_random_moments(engine: Engine) -> Result<()> {
    let server = RealBinary::start(program(), engine).await?;
    let world = World::set_up(&server.address(), &server.setup_code().await?, PEOPLE, CHANNELS).await?;
    let before = verify::heads(&world).await?;
    let watchers: Vec<Watcher> = world.people[..2].iter().map(|person| Watcher::start(person, &world.channels)).collect();
    let load = Load::start(std::slice::from_ref(&world), SENDERS, Duration::ZERO);
    let mut interrupted = 0;
    for round in 0..rounds() {
        let (count, repeats) = (load.count(), load.repeats());
        wait_until("the load goes on after a restart", Duration::from_secs(30), async || load.count() > count + SENDERS).await?;
        tokio::time::sleep(plexichat_kernel::random::jitter(Duration::from_millis(400))).await;
        server.kill9();
        // Some senders see the refusal before the program is back.
        tokio::time::sleep(plexichat_kernel::random::jitter(Duration::from_millis(100))).await;
        server.restart().await.map_err(|error| error.context(format!("round {round}")))?;
        interrupted += u32::from(load.repeats() > repeats);
    }
    let count = load.count();
    wait_until("the load goes on after the last restart", Duration::from_secs(30), async || load.count() > count + SENDERS)
        .await?;
    let repeats = load.repeats();
    let acknowledged = load.finish().await?;
    ensure!(
        interrupted * 2 >= rounds(),
        "only {interrupted} of {} kills met a message under way: the test shows nothing",
        rounds()
    );
    verify::everything(&world, &before, &acknowledged, &watchers).await?;
    for watcher in &watchers {
        watcher.look(|seen| {
            ensure!(
                seen.resumes + 1 == seen.connects && seen.snapshots == 1,
                "{} connects, {} resumed",
                seen.connects,
                seen.resumes
            );
            Ok(())
        })?;
    }
    println!("{}: {} kills, {} messages acknowledged, {repeats} sends repeated", engine.as_str(), rounds(), acknowledged.len());
    Ok(())
}
