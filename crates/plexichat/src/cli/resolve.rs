//! What people call things: `#general`, `@alice`, a workspace by name; ids work everywhere.
//!
//! A name is looked for exactly, without regard to case. When it means several things the answer lists them, so that
//! nobody writes to the wrong place.

use super::exit::Failure;
use plexichat_client::{Client, MessagesAt, PageQuery};
use plexichat_model::{
    ChannelId, MessageId, UserId,
    channel::{ChannelView, NewConversation},
    limits,
    message::MessageView,
    user::UserView,
    workspace::WorkspaceState,
};

/// Pages looked through for an exact name; a beginning that many channels share is no name.
const PAGES: usize = 10;

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// The workspace of this name or id; without one the only one there is.
pub(super) async fn workspace(client: &Client, wanted: Option<&str>) -> anyhow::Result<WorkspaceState> {
    let all = client.list_workspaces().await?;
    let names = || all.iter().map(|state| state.workspace.name.as_str()).collect::<Vec<_>>().join(", ");
    let Some(wanted) = wanted else {
        return match all.as_slice() {
            [only] => Ok(only.clone()),
            [] => Err(Failure::not_found("you are in no workspace")),
            _ => Err(Failure::usage(format!("you are in several workspaces ({}); choose one with --workspace", names()))),
        };
    };
    let found: Vec<&WorkspaceState> =
        all.iter().filter(|state| state.workspace.id.to_string() == wanted || same(&state.workspace.name, wanted)).collect();
    match found.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(Failure::not_found(format!("you are in no workspace {wanted:?}; yours are: {}", names()))),
        _ => Err(Failure::usage(format!("several workspaces are called {wanted:?}; give the id (`plexichat workspace list`)"))),
    }
}

/// The person of this handle (with or without @) or id.
pub(super) async fn user(client: &Client, wanted: &str) -> anyhow::Result<UserView> {
    if let Ok(id) = wanted.parse::<UserId>() {
        return Ok(client.get_user(id).await?);
    }
    let handle = wanted.trim_start_matches('@');
    if handle.is_empty() {
        return Err(Failure::usage("whom? Write a person as @handle"));
    }
    let mut query = PageQuery { q: Some(handle.to_owned()), after: None, limit: Some(limits::PAGE_ITEMS) };
    for _ in 0..PAGES {
        let page = client.list_users(&query).await?;
        if let Some(user) = page.items.into_iter().find(|user| same(&user.handle, handle)) {
            return Ok(user);
        }
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    Err(Failure::not_found(format!("there is nobody called @{handle}, or you cannot see them")))
}

/// The channel of this name, the conversation with these people, or the channel of this id.
pub(super) async fn channel(client: &Client, wanted: &str, workspace: Option<&str>) -> anyhow::Result<ChannelId> {
    if let Ok(id) = wanted.parse::<ChannelId>() {
        return Ok(id);
    }
    if wanted.starts_with('@') {
        return conversation(client, wanted).await;
    }
    named(client, wanted, workspace).await.map(|channel| channel.id)
}

async fn conversation(client: &Client, wanted: &str) -> anyhow::Result<ChannelId> {
    let mut user_ids = Vec::new();
    for handle in wanted.split(',').map(str::trim).filter(|handle| !handle.is_empty()) {
        user_ids.push(user(client, handle).await?.id);
    }
    Ok(client.open_conversation(&NewConversation { user_ids }).await?.channel.id)
}

/// The channel of this name in the workspace, or in any of the caller's.
pub(super) async fn named(client: &Client, wanted: &str, workspace_name: Option<&str>) -> anyhow::Result<ChannelView> {
    let name = wanted.trim_start_matches('#');
    if name.is_empty() {
        return Err(Failure::usage("which channel? Write it as '#name' (quoted: the shell takes # for a comment)"));
    }
    let places = match workspace_name {
        Some(_) => vec![workspace(client, workspace_name).await?],
        None => client.list_workspaces().await?,
    };
    let mut found = Vec::new();
    for place in &places {
        if let Some(channel) = in_workspace(client, place, name).await? {
            found.push((place.workspace.name.as_str(), channel));
        }
    }
    match found.len() {
        1 => Ok(found.swap_remove(0).1),
        0 => Err(Failure::not_found(format!("there is no channel #{name}, or you cannot see it"))),
        _ => {
            let places = found.iter().map(|(place, _)| *place).collect::<Vec<_>>().join(", ");
            Err(Failure::usage(format!("#{name} is in several workspaces ({places}); choose one with --workspace")))
        }
    }
}

async fn in_workspace(client: &Client, place: &WorkspaceState, name: &str) -> anyhow::Result<Option<ChannelView>> {
    let mut query = PageQuery { q: Some(name.to_owned()), after: None, limit: Some(limits::PAGE_ITEMS) };
    for _ in 0..PAGES {
        let page = client.list_channels(place.workspace.id, None, &query).await?;
        if let Some(channel) = page.items.into_iter().find(|channel| same(&channel.name, name)) {
            return Ok(Some(channel));
        }
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    Ok(None)
}

/// Ids hold the time of their making in their upper bits: no number of a message is ever as large.
const LEAST_ID: i64 = 1 << 40;

/// The message of this number in the channel (with or without #), or of this id.
pub(super) async fn message(client: &Client, channel: ChannelId, wanted: &str) -> anyhow::Result<MessageView> {
    let number = match wanted.trim_start_matches('#').parse::<i64>() {
        Ok(id) if id >= LEAST_ID => return Ok(client.get_message(channel, MessageId(id)).await?),
        Ok(number) if number > 0 => number,
        _ => {
            return Err(Failure::usage(format!("{wanted:?} is no message; give its number (see `plexichat history`) or its id")));
        }
    };
    let page = client.list_messages(channel, MessagesAt::Before(number.saturating_add(1)), Some(1)).await?;
    let found = page.messages.into_iter().find(|message| message.number == number);
    let missing = || {
        let text = format!("there is no message #{number} in the main timeline; replies in threads are named by their id");
        Failure::not_found(text)
    };
    found.ok_or_else(missing)
}

/// The root of the thread that this message begins or belongs to.
pub(super) async fn thread(client: &Client, channel: ChannelId, wanted: &str) -> anyhow::Result<MessageId> {
    let message = message(client, channel, wanted).await?;
    Ok(message.thread_id.unwrap_or(message.id))
}
