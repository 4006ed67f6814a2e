//! The disk of the database is full: writes are refused as such, reads go on, and space brings writing back.
//!
//! The tables of messages, or the whole database, live on a small file system in memory. Left out where the tests may
//! not mount one.

use crate::{program, run};
use anyhow::{Context as _, Result, ensure};
use plexichat_client::new_nonce;
use plexichat_model::{ErrorCode, message::NewMessage};
use plexichat_testkit::{
    Engine, TestDb,
    server::{RealBinary, World, all_messages, wait_until},
};
use sea_orm::ConnectionTrait as _;
use std::{
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

const SMALL: &str = "12m";
const LARGE: &str = "200m";
/// How often a full disk is met.
const REFUSALS: usize = 4;
/// Far more than the small file system holds.
const MOST_MESSAGES: usize = 4_000;

#[test]
fn a_full_disk_is_survived_sqlite() {
    run(Engine::Sqlite, a_full_disk_is_survived(Engine::Sqlite));
}

#[test]
fn a_full_disk_is_survived_postgres() {
    run(Engine::Postgres, a_full_disk_is_survived(Engine::Postgres));
}

#[test]
fn a_full_disk_is_survived_mariadb() {
    run(Engine::MariaDb, a_full_disk_is_survived(Engine::MariaDb));
}

/// A file system in memory; gone with the value.
struct Disk {
    path: PathBuf,
}

impl Disk {
    /// `None` when this process may not mount anything.
    fn mount(path: &Path, owner: Option<(u32, u32)>) -> Result<Option<Self>> {
        let owner = owner.map_or_else(String::new, |(user, group)| format!(",uid={user},gid={group}"));
        let options = format!("size={SMALL},mode=700{owner}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "plexichat-test"]).arg(path).output();
        match mounted {
            Ok(output) if output.status.success() => Ok(Some(Self { path: path.to_owned() })),
            Ok(output) => {
                println!("left out, nothing can be mounted here: {}", String::from_utf8_lossy(&output.stderr).trim());
                Ok(None)
            }
            Err(error) => Err(error).context("cannot run mount"),
        }
    }

    fn enlarge(&self) -> Result<()> {
        let status = Command::new("mount").args(["-o", &format!("remount,size={LARGE}")]).arg(&self.path).status()?;
        ensure!(status.success(), "the file system cannot be enlarged");
        Ok(())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.path).status();
    }
}

/// A server whose messages live on a small disk.
async fn on_small_disk(engine: Engine, place: &Path) -> Result<Option<(RealBinary, World, Disk)>> {
    if engine == Engine::Sqlite {
        let Some(disk) = Disk::mount(place, None)? else { return Ok(None) };
        let data_dir = place.join("data").display().to_string();
        let server = RealBinary::start_on(program(), None, &[("SERVER__DATA_DIR", &data_dir)]).await?;
        let world = World::set_up(&server.address(), &server.setup_code().await?, 1, 1).await?;
        return Ok(Some((server, world, disk)));
    }
    let database = TestDb::private(engine).await?;
    let instance = database.instance().context("a server")?.clone();
    let server = RealBinary::start_on(program(), Some(database.clone()), &[]).await?;
    let world = World::set_up(&server.address(), &server.setup_code().await?, 1, 1).await?;
    let data = instance.data_dir();
    let of_engine = std::fs::metadata(&data)?;
    let owner = (of_engine.uid(), of_engine.gid());
    if engine == Engine::Postgres {
        // Its log stays where there is room: without room for that the server itself stops.
        let Some(disk) = Disk::mount(place, Some(owner))? else { return Ok(None) };
        let create = format!("create tablespace small location '{}'", place.display());
        let handle = database.db();
        handle.maintenance().execute_unprepared(&create).await?;
        handle.maintenance().execute_unprepared("alter table messages set tablespace small").await?;
        return Ok(Some((server, world, disk)));
    }
    // The files of the database move to the small disk while nobody uses them.
    server.stop().await?;
    database.db().close().await;
    instance.stop().await?;
    let name = database.url().rsplit('/').next().context("a name")?;
    let (directory, aside) = (data.join(name), data.join("aside"));
    std::fs::rename(&directory, &aside)?;
    std::fs::create_dir(&directory)?;
    let Some(disk) = Disk::mount(&directory, Some(owner))? else { return Ok(None) };
    for entry in std::fs::read_dir(&aside)? {
        let entry = entry?;
        let to = directory.join(entry.file_name());
        std::fs::copy(entry.path(), &to)?;
        std::os::unix::fs::chown(&to, Some(owner.0), Some(owner.1))?;
    }
    std::fs::remove_dir_all(&aside)?;
    instance.start_again().await?;
    server.restart().await?;
    Ok(Some((server, world, disk)))
}

/// Text that does not get smaller by compression.
fn noise() -> String {
    let bytes: Vec<String> = (0..700).map(|_| format!("{:016x}", plexichat_kernel::random::u64())).collect();
    bytes.concat()
}

fn message() -> NewMessage {
    NewMessage { nonce: new_nonce(), text: noise(), thread_id: None, read_up_to: None, confirm_broadcast: false }
}

async fn a_full_disk_is_survived(engine: Engine) -> Result<()> {
    let place = tempfile::TempDir::with_prefix("plexichat-small-")?;
    // Engines run as another account and must get there.
    std::fs::set_permissions(place.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let Some((server, world, disk)) = on_small_disk(engine, place.path()).await? else { return Ok(()) };
    let (person, channel) = (&world.people[0], world.channels[0]);
    let (mut acknowledged, mut refused) = (Vec::new(), Vec::new());
    // A refused write may leave a little room, as when the log of the database begins anew.
    while refused.len() < REFUSALS {
        ensure!(acknowledged.len() < MOST_MESSAGES, "the small disk holds everything");
        let new = message();
        match person.send_message(channel, &new).await {
            Ok(sent) => acknowledged.push(sent),
            Err(error) => {
                let told = (error.status(), error.code());
                ensure!(told == (Some(503), Some(ErrorCode::ReadOnly)), "{error:?}; log:\n{}", server.log());
                refused.push(new);
            }
        }
    }
    let unsent = refused.pop().context("refused")?;
    let read = all_messages(person, channel).await.context("reads go on")?;
    let same = |(a, b): (&plexichat_model::message::MessageView, &plexichat_model::message::MessageView)| {
        a.id == b.id && a.text == b.text
    };
    let kept: Vec<_> = read.iter().filter(|message| message.nonce.is_some()).collect();
    ensure!(kept.len() == acknowledged.len() && kept.into_iter().zip(&acknowledged).all(same), "what was acknowledged is there");

    disk.enlarge()?;
    wait_until("writes are taken again", Duration::from_secs(30), async || person.send_message(channel, &unsent).await.is_ok())
        .await?;
    let after = all_messages(person, channel).await?;
    let times = after.iter().filter(|message| message.nonce == Some(unsent.nonce)).count();
    ensure!(times == 1, "the message that found no room is there {times} times");
    println!(
        "{}: full after {} messages of {} bytes, read only until there was room",
        engine.as_str(),
        acknowledged.len(),
        unsent.text.len()
    );
    server.stop().await?;
    Ok(())
}
