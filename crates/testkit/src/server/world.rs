//! An instance that is set up, with people and channels.

use super::canaries;
use anyhow::{Context as _, Result, bail};
use plexichat_client::{Client, ClientOptions, MessagesAt, Retry};
use plexichat_model::{
    ChannelId, WorkspaceId,
    auth::{AcceptInvitation, NewAccount, NewInvitation, Setup, TokenTransport},
    channel::{ChannelKind, NewChannel},
    message::MessageView,
    permission::Role,
};
use std::time::Duration;

/// Password of everybody in tests.
pub const PASSWORD: &str = "correct horse battery staple";

/// A set-up instance: the owner is the first of the people, all are in all channels.
#[derive(Clone, Debug)]
pub struct World {
    /// Signed-in people; the first is the owner. They try once, so that what is acknowledged is known.
    pub people: Vec<Client>,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Channels, the default one first.
    pub channels: Vec<ChannelId>,
}

impl World {
    /// Sets the instance up with so many people and channels.
    pub async fn set_up(address: &str, code: &str, people: usize, channels: usize) -> Result<Self> {
        Self::set_up_as(address, code, "Tests", people, channels).await
    }

    /// The same; instance and workspace are called so.
    pub async fn set_up_as(address: &str, code: &str, name: &str, people: usize, channels: usize) -> Result<Self> {
        let owner = client(address)?;
        let setup = Setup {
            code: code.to_owned(),
            owner: account("owner"),
            workspace_name: name.to_owned(),
            transport: TokenTransport::Bearer,
        };
        canaries::remember(PASSWORD);
        let joined = owner.complete_setup(&setup).await.context("set-up")?;
        remember_token(&owner);
        let workspace = joined.workspace.id;
        let mut ids = vec![joined.channel_id];
        for index in 1..channels {
            let new = NewChannel {
                kind: ChannelKind::Public,
                name: format!("room-{index}"),
                topic: String::new(),
                member_ids: Vec::new(),
            };
            ids.push(owner.create_channel(workspace, &new).await.context("a channel")?.channel.id);
        }
        let mut world = Self { people: vec![owner], workspace, channels: ids };
        for index in 1..people {
            let person = world.invite(&format!("person{index}"), Role::Member).await?;
            world.people.push(person);
        }
        Ok(world)
    }

    /// Somebody new, invited by the owner into every channel.
    pub async fn invite(&self, handle: &str, role: Role) -> Result<Client> {
        let owner = self.people.first().context("a world has an owner")?;
        // Everybody is in the default channel anyway, but guests are not.
        let channel_ids = if role == Role::Guest { self.channels.clone() } else { self.channels[1..].to_vec() };
        let new = NewInvitation { role, max_uses: None, expires_in_hours: None, channel_ids };
        let invitation = owner.create_invitation(self.workspace, &new).await.context("an invitation")?;
        canaries::remember(&invitation.code);
        let person = client(owner.address())?;
        let acceptance =
            AcceptInvitation { code: invitation.code, account: Some(account(handle)), transport: TokenTransport::Bearer };
        person.accept_invitation(&acceptance).await.context("accepting an invitation")?;
        remember_token(&person);
        Ok(person)
    }

    /// The same people through another node.
    pub fn through(&self, address: &str) -> Result<Self> {
        let people = self.people.iter().map(|person| {
            let other = client(address)?;
            other.set_token(person.token());
            Ok(other)
        });
        Ok(Self { people: people.collect::<Result<_>>()?, ..self.clone() })
    }
}

fn remember_token(person: &Client) {
    if let Some(token) = person.token() {
        canaries::remember(&token);
    }
}

/// A client that tries once.
pub(super) fn client(address: &str) -> Result<Client> {
    let mut options = ClientOptions::new(address).with_retry(Retry::NEVER);
    options.timeout = Duration::from_secs(20);
    Ok(Client::new(options)?)
}

fn account(handle: &str) -> NewAccount {
    NewAccount { handle: handle.to_owned(), display_name: handle.to_owned(), password: PASSWORD.to_owned(), email: None }
}

/// Every message of a channel's main timeline, oldest first, page by page.
pub async fn all_messages(client: &Client, channel: ChannelId) -> Result<Vec<MessageView>> {
    let mut messages: Vec<MessageView> = Vec::new();
    loop {
        let after = messages.last().map_or(0, |message| message.number);
        let page = client.list_messages(channel, MessagesAt::After(after), Some(200)).await?;
        if page.messages.is_empty() && page.more_after {
            bail!("an empty page says that more follow after {after}");
        }
        messages.extend(page.messages);
        if !page.more_after {
            return Ok(messages);
        }
    }
}

/// Waits for something to become true.
pub async fn wait_until<F: Future<Output = bool>>(what: &str, limit: Duration, mut check: impl FnMut() -> F) -> Result<()> {
    let started = tokio::time::Instant::now();
    while !check().await {
        if started.elapsed() > limit {
            bail!("after {limit:?} still not so: {what}");
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    Ok(())
}
