//! Two nodes on one database without any bus: the same order on both, and readers never see a gap.

use crate::{program, run, verify};
use anyhow::{Result, ensure};
use plexichat_testkit::{
    Engine,
    server::{Load, RealBinary, Watcher, World, wait_until},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

const KILLS: u32 = 3;
const STRETCH: Duration = Duration::from_secs(2);

#[test]
fn one_order_postgres() {
    run(Engine::Postgres, one_order(Engine::Postgres));
}

#[test]
fn one_order_mariadb() {
    run(Engine::MariaDb, one_order(Engine::MariaDb));
}

async fn one_order(engine: Engine) -> Result<()> {
    let first = RealBinary::start(program(), engine).await?;
    let here = World::set_up(&first.address(), &first.setup_code().await?, 3, 2).await?;
    let second = first.second().await?;
    let there = here.through(&second.address())?;
    let before = verify::heads(&here).await?;
    // The same people watch through either node, and read the history through either node.
    let watchers = [&here, &there, &here, &there]
        .iter()
        .zip([0, 0, 1, 1])
        .map(|(world, person)| Watcher::start(&world.people[person], &world.channels))
        .collect::<Vec<_>>();
    let stop = Arc::new(AtomicBool::new(false));
    let mut readers = Vec::new();
    for world in [&here, &there] {
        for channel in &world.channels {
            let read = verify::never_a_gap(world.people[0].clone(), *channel, Arc::clone(&stop));
            readers.push(plexichat_kernel::tasks::spawn("test reader", read));
        }
    }
    let load = Load::start(&[here.clone(), there.clone()], 4, Duration::ZERO);
    for _ in 0..KILLS {
        tokio::time::sleep(STRETCH).await;
        // One node dies and comes back; the other goes on alone meanwhile.
        second.kill9();
        let alone = load.count();
        wait_until("the other node goes on alone", Duration::from_secs(30), async || load.count() > alone + 8).await?;
        second.restart().await?;
    }
    tokio::time::sleep(STRETCH).await;
    let acknowledged = load.finish().await?;
    verify::everything(&here, &before, &acknowledged, &watchers).await?;
    stop.store(true, Ordering::Release);
    let mut newest = Vec::new();
    for reader in readers {
        newest.push(reader.await??);
    }
    ensure!(newest[..2] == newest[2..], "the nodes show {newest:?}");
    let orders: Vec<_> =
        watchers.iter().map(|w| w.look(|seen| seen.channels.values().map(|c| c.order.clone()).collect::<Vec<_>>())).collect();
    ensure!(orders.windows(2).all(|pair| pair[0] == pair[1]), "the order differs between watchers");
    println!("{}: two nodes, {} messages acknowledged, {KILLS} kills of one node", engine.as_str(), acknowledged.len());
    Ok(())
}
