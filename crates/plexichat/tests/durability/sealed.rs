//! What people say, and what they call things, is nowhere in what the database and the server leave on a disk.
//!
//! Marked texts go through sending, editing, replying and deleting, marked names of instance, workspace and channels through
//! creating, changing, listing and searching; keys are replaced, the program and the database server are killed, and every
//! file of both is searched for the marks, in the forms in which they might be written.

use crate::{program, run};
use anyhow::{Context as _, Result, ensure};
use plexichat_client::{Client, PageQuery};
use plexichat_model::{
    WorkspaceId,
    channel::{ChannelKind, ChannelPatch, NewChannel},
    key_tasks::{KeyTaskKind, KeyTaskState, KeyTaskTarget, NewKeyTask},
    message::{MessagePatch, NewMessage},
    workspace::{NewWorkspace, WorkspacePatch},
};
use plexichat_testkit::{
    Engine, TestDb,
    server::{RealBinary, World},
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

#[test]
fn what_is_said_is_in_no_file_sqlite() {
    run(Engine::Sqlite, what_is_said_is_in_no_file(Engine::Sqlite));
}

#[test]
fn what_is_said_is_in_no_file_postgres() {
    run(Engine::Postgres, what_is_said_is_in_no_file(Engine::Postgres));
}

#[test]
fn what_is_said_is_in_no_file_mariadb() {
    run(Engine::MariaDb, what_is_said_is_in_no_file(Engine::MariaDb));
}

fn new(text: String, thread_id: Option<plexichat_model::MessageId>) -> NewMessage {
    NewMessage { nonce: plexichat_client::new_nonce(), text, thread_id, read_up_to: None, confirm_broadcast: false }
}

async fn what_is_said_is_in_no_file(engine: Engine) -> Result<()> {
    let database = if engine == Engine::Sqlite { None } else { Some(TestDb::private(engine).await?) };
    let instance = database.as_ref().and_then(TestDb::instance).cloned();
    let settings = [("LOGGING__LEVEL", "debug"), ("KEYS__SETTLE_SECONDS", "20"), ("LIMITS__ENABLED", "false")];
    let server = RealBinary::start_on(program(), database, &settings).await?;
    let mark = format!("canary{:016x}", plexichat_kernel::random::u64());
    let world = World::set_up_as(&server.address(), &server.setup_code().await?, &format!("House {mark}"), 2, 1).await?;
    let (person, channel) = (&world.people[0], world.channels[0]);
    name_things(person, world.workspace, &mark).await?;
    // The search finds what is not sealed: a reaction's emoji stands open beside the message.
    let open_mark = "🫡";
    let first = person.send_message(channel, &new(format!("first {mark}"), None)).await?;
    person.send_message(channel, &new(format!("reply {mark}"), Some(first.id))).await?;
    person.add_reaction(channel, first.id, open_mark).await?;
    let edited = person.send_message(channel, &new(format!("before {mark}"), None)).await?;
    let patch = MessagePatch { text: format!("after {mark} {}", "and on ".repeat(400)) };
    person.edit_message(channel, edited.id, &patch, None).await?;
    let gone = person.send_message(channel, &new(format!("gone {mark}"), None)).await?;
    person.delete_message(channel, gone.id).await?;
    for number in 0..200 {
        person.send_message(channel, &new(format!("{number} {mark} {}", "x".repeat(1_500)), None)).await?;
    }
    // One is killed in the middle of it.
    order(person, KeyTaskTarget::Workspace { id: world.workspace }).await?;
    order(person, KeyTaskTarget::Instance {}).await?;
    server.kill9();
    if let Some(instance) = &instance {
        instance.crash().await?;
        instance.start_again().await?;
    }
    server.restart().await?;
    let page = person.list_messages(channel, plexichat_client::MessagesAt::After(0), Some(5)).await?;
    ensure!(page.messages.iter().any(|message| message.text.contains(&mark)), "it can still be read: {page:?}");
    tasks_done(person).await?;
    server.kill9();
    server.restart().await?;
    things_are_named(person, world.workspace, &mark).await?;

    let mut places = vec![server.data_dir()];
    places.extend(instance.iter().map(|instance| instance.data_dir()));
    let (mut files, mut bytes, mut saw_open) = (0_u32, 0_usize, false);
    for place in &places {
        for file in files_below(place)? {
            // A file of the database server may go while one looks.
            let Ok(content) = std::fs::read(&file) else { continue };
            files += 1;
            bytes += content.len();
            for form in forms(&mark) {
                ensure!(!contains(&content, &form), "{} holds what was said", file.display());
            }
            saw_open |= contains(&content, open_mark.as_bytes());
        }
    }
    ensure!(saw_open, "the search does not find what stands open: it shows nothing");
    ensure!(!server.log().contains(&mark), "the log holds what was said");
    println!("{}: {files} files, {bytes} bytes searched", engine.as_str());
    Ok(())
}

/// Marked names, given, changed, refused and looked for.
async fn name_things(owner: &Client, workspace: WorkspaceId, mark: &str) -> Result<()> {
    let new = |name: String| NewChannel { kind: ChannelKind::Private, name, topic: format!("on {mark}"), member_ids: Vec::new() };
    let made = owner.create_channel(workspace, &new(format!("Room {mark}"))).await?.channel;
    ensure!(owner.create_channel(workspace, &new(format!("ROOM {mark}"))).await.is_err(), "the name is taken");
    let patch = ChannelPatch { name: Some(format!("Hall {mark}")), topic: Some(format!("now {mark}")), archived: None };
    owner.update_channel(made.id, &patch, None).await?;
    let archived = ChannelPatch { archived: Some(true), ..ChannelPatch::default() };
    owner.update_channel(made.id, &archived, None).await?;
    let patch = WorkspacePatch { name: Some(format!("Works {mark}")), description: Some(format!("where {mark}")) };
    owner.update_workspace(workspace, &patch, None).await?;
    let another = NewWorkspace { name: format!("Second {mark}"), description: format!("also {mark}") };
    owner.create_workspace(&another).await?;
    things_are_named(owner, workspace, mark).await
}

async fn things_are_named(owner: &Client, workspace: WorkspaceId, mark: &str) -> Result<()> {
    let query = PageQuery { q: Some(format!("hall {mark}")), ..PageQuery::default() };
    let found = owner.list_channels(workspace, Some(true), &query).await?.items;
    ensure!(found.len() == 1 && found[0].topic == format!("now {mark}"), "the channel is found: {found:?}");
    let workspaces = owner.list_workspaces().await?;
    ensure!(
        workspaces.iter().all(|state| state.workspace.name.contains(mark)),
        "workspaces are called as before: {workspaces:?}"
    );
    let snapshot = owner.get_snapshot().await?;
    ensure!(snapshot.instance.name == format!("House {mark}"), "the instance is called as before: {:?}", snapshot.instance);
    Ok(())
}

async fn order(owner: &Client, target: KeyTaskTarget) -> Result<()> {
    owner.order_key_task(&NewKeyTask { kind: KeyTaskKind::Rotate, target, month: None }).await.map(|_| ()).context("is taken")
}

async fn tasks_done(owner: &Client) -> Result<()> {
    for _ in 0..3_000 {
        if owner.list_key_tasks().await?.items.iter().all(|task| task.state == KeyTaskState::Done) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("keys are still being replaced: {:?}", owner.list_key_tasks().await)
}

/// The text as it might be written: as it is, as UTF-16, in hexadecimal, in base 64 at each of the three places.
pub(crate) fn forms(mark: &str) -> Vec<Vec<u8>> {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD_NO_PAD;
    let mut forms = vec![mark.as_bytes().to_vec(), mark.encode_utf16().flat_map(u16::to_le_bytes).collect()];
    let hexadecimal = mark.bytes().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    forms.push(hexadecimal.into_bytes());
    for skipped in 0..3 {
        // Whole groups only: what stands around it is not known.
        let text = &mark.as_bytes()[skipped..];
        forms.push(base64.encode(&text[..text.len() / 3 * 3]).into_bytes());
    }
    forms
}

pub(crate) fn contains(content: &[u8], form: &[u8]) -> bool {
    // By the first byte, because an unoptimised search of many megabytes byte by byte takes minutes.
    let Some((first, rest)) = form.split_first() else { return false };
    let mut left = content;
    while let Some(at) = left.iter().position(|byte| byte == first) {
        left = &left[at + 1..];
        if left.starts_with(rest) {
            return true;
        }
    }
    false
}

pub(crate) fn files_below(place: &Path) -> Result<Vec<PathBuf>> {
    let (mut folders, mut files) = (vec![place.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let entry = entry?;
            match entry.file_type()? {
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    Ok(files)
}
