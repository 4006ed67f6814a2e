//! People and channels for a measurement, made through the public API.

use crate::target::{Target, account};
use anyhow::{Context as _, Result};
use plexichat_model::{
    ChannelId,
    auth::{AcceptInvitation, CreatedInvitation, Joined, NewInvitation, TokenTransport},
    channel::{ChannelKind, ChannelState, NewChannel},
    message::NewMessage,
    permission::Role,
};

/// Bearer tokens of so many new members.
pub(crate) async fn members(target: &Target, count: usize) -> Result<Vec<String>> {
    let invitation = NewInvitation {
        role: Role::Member,
        max_uses: Some(u32::try_from(count.clamp(1, 10_000))?),
        expires_in_hours: Some(1),
        channel_ids: Vec::new(),
    };
    let path = format!("/workspaces/{}/invitations", target.workspace);
    let made: CreatedInvitation = target.post(&target.token, &path, &invitation).await?;
    let mut tokens = Vec::with_capacity(count);
    for nth in 0..count {
        let accept = AcceptInvitation {
            code: made.code.clone(),
            account: Some(account(&format!("bench{nth}"))),
            transport: TokenTransport::Bearer,
        };
        let joined: Joined = target.post("", "/invitations/accept", &accept).await?;
        tokens.push(joined.signed_in.token.context("no token")?);
    }
    Ok(tokens)
}

/// So many public channels that everybody of `tokens` has joined.
pub(crate) async fn channels(target: &Target, count: usize, tokens: &[String]) -> Result<Vec<ChannelId>> {
    let mut ids = Vec::with_capacity(count);
    for nth in 0..count {
        let new =
            NewChannel { kind: ChannelKind::Public, name: format!("bench-{nth}"), topic: String::new(), member_ids: Vec::new() };
        let path = format!("/workspaces/{}/channels", target.workspace);
        let state: ChannelState = target.post(&target.token, &path, &new).await?;
        for token in tokens {
            join(target, &[state.channel.id], token).await?;
        }
        ids.push(state.channel.id);
    }
    Ok(ids)
}

/// Joins these channels.
pub(crate) async fn join(target: &Target, channels: &[ChannelId], token: &str) -> Result<()> {
    for id in channels {
        let _: ChannelState = target.post(token, &format!("/channels/{id}/join"), &()).await?;
    }
    Ok(())
}

/// A text as people write: about 130 bytes.
pub(crate) fn text(nth: u64) -> String {
    format!(
        "message {nth}: could somebody look at the deployment of this morning? The numbers on the dashboard do not match the ones in the log."
    )
}

/// A nonce: time-sortable and random.
pub(crate) fn nonce() -> plexichat_model::Nonce {
    plexichat_model::Nonce(i64::try_from(plexichat_kernel::random::u64() >> 1).unwrap_or(1).max(1))
}

/// A message of this text.
pub(crate) fn message(text: String) -> NewMessage {
    NewMessage { nonce: nonce(), text, thread_id: None, read_up_to: None, confirm_broadcast: false }
}
