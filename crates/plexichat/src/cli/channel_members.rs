//! `plexichat channel members|add|remove`.

use super::{
    context::Context,
    output,
    paging::{Listed, gather},
    resolve,
};
use plexichat_client::Client;
use plexichat_model::{
    ChannelId,
    channel::{AddChannelMembers, ChannelMemberItem},
};

/// Most members listed by one command.
const LISTED: usize = 2_000;

pub(super) async fn list(context: &Context, client: &Client, channel: ChannelId) -> anyhow::Result<()> {
    let page = async |page| client.list_channel_members(channel, &page).await.map(|page| (page.items, page.next));
    let Listed { items, is_cut } = gather(LISTED, None, page).await?;
    if context.is_json() {
        return output::json(&items);
    }
    let row = |item: ChannelMemberItem| {
        let joined = output::minute(item.member.joined_at);
        vec![format!("@{}", item.user.handle), item.user.display_name, joined, item.user.id.to_string()]
    };
    output::table(&["handle", "name", "joined", "id"], items.into_iter().map(row).collect(), "Nobody.")?;
    if is_cut {
        output::line(format!("(the first {LISTED})"))?;
    }
    Ok(())
}

pub(super) async fn add(context: &Context, client: &Client, channel: ChannelId, users: &[String]) -> anyhow::Result<()> {
    let mut user_ids = Vec::new();
    for user in users {
        user_ids.push(resolve::user(client, user).await?.id);
    }
    let added = client.add_channel_members(channel, &AddChannelMembers { user_ids }).await?;
    if context.is_json() {
        return output::json(&added);
    }
    let handles: Vec<String> = added.items.iter().map(|item| format!("@{}", item.user.handle)).collect();
    Ok(output::line(format!("In the channel now: {}.", handles.join(", ")))?)
}

pub(super) async fn remove(context: &Context, client: &Client, channel: ChannelId, user: &str) -> anyhow::Result<()> {
    let person = resolve::user(client, user).await?;
    client.remove_channel_member(channel, person.id).await?;
    if context.is_json() {
        return output::json(&serde_json::json!({ "channel_id": channel, "user_id": person.id, "removed": true }));
    }
    Ok(output::line(format!("Removed @{} from the channel.", person.handle))?)
}
