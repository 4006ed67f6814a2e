//! The server in the test's own process: everybody in their role, two nodes, time that jumps.

use crate::run;
use anyhow::{Result, ensure};
use plexichat_client::{MessagesAt, new_nonce};
use plexichat_model::message::NewMessage;
use plexichat_testkit::{Engine, server::TestServer};
use std::time::Duration;

#[test]
fn roles_nodes_and_time_sqlite() {
    run(Engine::Sqlite, roles_nodes_and_time(Engine::Sqlite));
}

#[test]
fn roles_nodes_and_time_postgres() {
    run(Engine::Postgres, roles_nodes_and_time(Engine::Postgres));
}

#[test]
fn roles_nodes_and_time_mariadb() {
    run(Engine::MariaDb, roles_nodes_and_time(Engine::MariaDb));
}

fn hello(text: &str) -> NewMessage {
    NewMessage { nonce: new_nonce(), text: text.to_owned(), thread_id: None, read_up_to: None, confirm_broadcast: false }
}

async fn roles_nodes_and_time(engine: Engine) -> Result<()> {
    let server = TestServer::start(engine, 2).await?;
    let channel = server.world.channels[0];
    for person in [&server.owner, &server.alice, &server.bob, &server.guest] {
        person.send_message(channel, &hello("hello")).await?;
    }
    ensure!(server.anonymous.send_message(channel, &hello("hello")).await.is_err(), "nobody may write");
    if engine != Engine::Sqlite {
        let mut second = server.second_node().await?;
        let there = server.world.through(second.address())?;
        let sent = there.people[0].send_message(channel, &hello("from the other node")).await?;
        let page = server.bob.list_messages(channel, MessagesAt::Newest, Some(1)).await?;
        ensure!(page.messages.last().map(|message| message.id) == Some(sent.id), "both nodes show the same");
        second.stop().await?;
    }
    // A session that was not used for longer than its sliding life has ended.
    server.clock().advance(Duration::from_hours(24 * 40));
    let refusal = server.alice.get_me().await.expect_err("the session has expired");
    ensure!(refusal.status() == Some(401), "{refusal}");
    server.finish().await
}
