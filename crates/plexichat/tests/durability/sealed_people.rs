//! What people are called is nowhere in what the database and the server leave on a disk.
//!
//! One marked word stands in a handle, a display name, an address and the name of a device. It goes through creating,
//! signing in, renaming, listing, searching and mentioning, the keys that seal it are replaced, the program and the
//! database server are killed, and every file of both is searched for it, in the forms in which it might be written.

use crate::{
    program, run,
    sealed::{contains, files_below, forms},
};
use anyhow::{Context as _, Result, ensure};
use plexichat_client::{Client, ClientOptions, PageQuery};
use plexichat_model::{
    auth::{Login, PasswordReset, TokenTransport},
    key_tasks::{KeyTaskKind, KeyTaskState, KeyTaskTarget, NewKeyTask},
    message::{Mention, NewMessage},
    user::{AccountPatch, NewUser},
};
use plexichat_testkit::{
    Engine, TestDb,
    server::{PASSWORD, RealBinary, World},
};
use std::time::Duration;

#[test]
fn names_of_people_are_in_no_file_sqlite() {
    run(Engine::Sqlite, names_of_people_are_in_no_file(Engine::Sqlite));
}

#[test]
fn names_of_people_are_in_no_file_postgres() {
    run(Engine::Postgres, names_of_people_are_in_no_file(Engine::Postgres));
}

#[test]
fn names_of_people_are_in_no_file_mariadb() {
    run(Engine::MariaDb, names_of_people_are_in_no_file(Engine::MariaDb));
}

fn login(name: &str, password: &str, device: &str) -> Login {
    let (login, password) = (name.to_owned(), password.to_owned());
    Login { login, password, transport: TokenTransport::Bearer, device_name: Some(device.to_owned()) }
}

/// Somebody with the mark in every name, made by an administrator and signed in.
async fn person(owner: &Client, mark: &str) -> Result<Client> {
    let new = NewUser {
        handle: mark.to_owned(),
        display_name: format!("Zoë {mark}"),
        email: Some(format!("{mark}@example.org")),
        instance_role: None,
    };
    let created = owner.create_user(&new).await.context("is created")?;
    let person = Client::new(ClientOptions::new(owner.address()))?;
    person
        .reset_password(&PasswordReset { code: created.link.code, password: PASSWORD.to_owned() })
        .await
        .context("a password")?;
    for wrong in [mark.to_owned(), format!("{mark}@example.org"), format!("no-{mark}")] {
        ensure!(person.login(&login(&wrong, "wrong", "none")).await.is_err(), "a wrong password");
    }
    person.login(&login(&format!("{mark}@example.org"), PASSWORD, &format!("{mark}'s phone"))).await.context("by address")?;
    Ok(person)
}

async fn renamed(person: &Client, mark: &str) -> Result<()> {
    for round in 0..20 {
        let patch = AccountPatch {
            handle: Some(format!("{mark}.{round}")),
            display_name: Some(format!("Zoë {mark} the {round}th")),
            email: Some(format!("{mark}+{round}@example.org")),
        };
        person.update_me(&patch, None).await.context("is renamed")?;
    }
    Ok(())
}

/// Whether they are found by every name they have.
async fn found(owner: &Client, person: &Client, mark: &str) -> Result<()> {
    let me = person.get_me().await?;
    ensure!(me.user.handle == format!("{mark}.19") && me.email == Some(format!("{mark}+19@example.org")), "{me:?}");
    let sessions = person.list_sessions().await?.items;
    ensure!(sessions.iter().any(|session| session.device_name == format!("{mark}'s phone")), "{sessions:?}");
    for prefix in [format!("@{mark}."), format!("zoë {mark}")] {
        let query = PageQuery { q: Some(prefix), ..PageQuery::default() };
        let accounts = owner.list_accounts(&query).await?.items;
        ensure!(accounts.len() == 1 && accounts[0].user.id == me.user.id, "{accounts:?}");
        ensure!(person.list_users(&query).await?.items.len() == 1, "they see themselves");
    }
    Ok(())
}

async fn rotated(owner: &Client) -> Result<()> {
    let new = NewKeyTask { kind: KeyTaskKind::Rotate, target: KeyTaskTarget::Instance {}, month: None };
    owner.order_key_task(&new).await.context("a rotation")?;
    for _ in 0..1_200 {
        let tasks = owner.list_key_tasks().await?.items;
        if tasks.iter().all(|task| task.state == KeyTaskState::Done) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("the rotation does not end: {:?}", owner.list_key_tasks().await)
}

async fn names_of_people_are_in_no_file(engine: Engine) -> Result<()> {
    let database = if engine == Engine::Sqlite { None } else { Some(TestDb::private(engine).await?) };
    let instance = database.as_ref().and_then(TestDb::instance).cloned();
    let settings = [("LOGGING__LEVEL", "debug"), ("KEYS__SETTLE_SECONDS", "20"), ("LIMITS__ENABLED", "false")];
    let server = RealBinary::start_on(program(), database, &settings).await?;
    let world = World::set_up(&server.address(), &server.setup_code().await?, 2, 1).await?;
    let (owner, channel) = (&world.people[0], world.channels[0]);
    let mark = format!("canary{:016x}", plexichat_kernel::random::u64());
    // The search finds what is not sealed: a reaction's emoji stands open beside the message.
    let open_mark = "🫡";
    let person = person(owner, &mark).await?;
    renamed(&person, &mark).await?;
    // Somebody of the channel who is mentioned: their own handle has the mark too.
    let guest = world.invite(&format!("{mark}-b"), plexichat_model::permission::Role::Member).await?;
    let text = format!("@{mark}-b, look");
    let new =
        NewMessage { nonce: plexichat_client::new_nonce(), text, thread_id: None, read_up_to: None, confirm_broadcast: false };
    let sent = owner.send_message(channel, &new).await?;
    ensure!(sent.mentions == [Mention::User(guest.get_me().await?.user.id)], "the mention is found: {:?}", sent.mentions);
    owner.add_reaction(channel, sent.id, open_mark).await?;
    rotated(owner).await?;
    server.kill9();
    if let Some(instance) = &instance {
        instance.crash().await?;
        instance.start_again().await?;
    }
    server.restart().await?;
    person.login(&login(&format!("@{mark}.19"), PASSWORD, "another")).await.context("by handle, after the start")?;
    found(owner, &person, &mark).await?;

    let mut places = vec![server.data_dir()];
    places.extend(instance.iter().map(|instance| instance.data_dir()));
    let (mut files, mut saw_open) = (0_u32, false);
    for place in &places {
        for file in files_below(place)? {
            // A file of the database server may go while one looks.
            let Ok(content) = std::fs::read(&file) else { continue };
            files += 1;
            for form in forms(&mark) {
                ensure!(!contains(&content, &form), "{} holds what somebody is called", file.display());
            }
            saw_open |= contains(&content, open_mark.as_bytes());
        }
    }
    ensure!(saw_open, "the search does not find what stands open: it shows nothing");
    let log = server.log();
    let line = log.lines().find(|line| line.contains(&mark));
    ensure!(line.is_none(), "the log holds what somebody is called: {line:?}");
    println!("{}: {files} files searched", engine.as_str());
    Ok(())
}
