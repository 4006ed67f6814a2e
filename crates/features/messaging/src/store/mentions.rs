//! Rows of mentions: one a named person, one a broadcast. Counted by index (`cursors`), never stored as a count.

use super::hot::MentionRow;
use plexichat_database::{DbResultExt, Engine, Sql, entity::mention, placeholders};
use plexichat_kernel::Result;
use plexichat_model::{ChannelId, UserId, WorkspaceId, message::Mention, permission::Role};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, sea_query::ExprTrait as _};
use std::collections::HashMap;

/// `kind` of a named person; the target is the account.
pub(crate) const USER: i16 = 0;
/// `kind` of everybody in the channel; the target is 0.
pub(crate) const EVERYONE: i16 = 1;
/// `kind` of a workspace role; the target is the role's code.
pub(crate) const ROLE: i16 = 2;

/// Kind and target of a mention that counts; `@here` notifies who is present and never counts.
pub(crate) fn target(mention: Mention) -> Option<(i16, i64)> {
    match mention {
        Mention::User(user) => Some((USER, user.0)),
        Mention::Everyone => Some((EVERYONE, 0)),
        Mention::Role(role) => Some((ROLE, i64::from(role.code()))),
        Mention::Here => None,
    }
}

/// The rows of a message's mentions.
pub(crate) fn rows(
    channel: ChannelId,
    number: i64,
    message_id: i64,
    author: UserId,
    mentions: &[Mention],
) -> impl Iterator<Item = MentionRow> {
    mentions.iter().filter_map(move |mention| {
        let (kind, target_id) = target(*mention)?;
        Some(MentionRow { channel_id: channel.0, number, kind, target_id, message_id, author_id: author.0 })
    })
}

/// Deletes the rows of these mentions of a message.
pub(crate) async fn delete(tx: &impl ConnectionTrait, channel: ChannelId, number: i64, mentions: &[Mention]) -> Result<()> {
    let targets: Vec<(i16, i64)> = mentions.iter().copied().filter_map(target).collect();
    if targets.is_empty() {
        return Ok(());
    }
    let any = targets
        .into_iter()
        .fold(Condition::any(), |any, (kind, id)| any.add(mention::Column::Kind.eq(kind).and(mention::Column::TargetId.eq(id))));
    mention::Entity::delete_many()
        .filter(mention::Column::ChannelId.eq(channel.0))
        .filter(mention::Column::Number.eq(number))
        .filter(any)
        .exec(tx)
        .await
        .db()?;
    Ok(())
}

/// Deletes all rows of a message.
pub(crate) async fn clear(tx: &impl ConnectionTrait, channel: ChannelId, number: i64) -> Result<()> {
    mention::Entity::delete_many()
        .filter(mention::Column::ChannelId.eq(channel.0))
        .filter(mention::Column::Number.eq(number))
        .exec(tx)
        .await
        .db()?;
    Ok(())
}

const IN_CHANNEL: &str =
    "exists (select 1 from channel_members m where m.channel_id = ? and m.user_id = u.id and m.removed = false)";
const MAY_JOIN: &str = "exists (select 1 from workspace_members w \
     where w.workspace_id = ? and w.user_id = u.id and w.removed = false and w.role < ?)";

fn resolve_text(count: usize, open: bool) -> String {
    let may_join = if open { format!(" or {MAY_JOIN}") } else { String::new() };
    format!(
        "select u.id, u.handle_folded from users u where u.handle_folded in ({}) and ({IN_CHANNEL}{may_join})",
        placeholders(count)
    )
}

/// Accounts by the blind index of their handle: of those in the channel and, where it is open to a workspace, of those who may join.
pub(crate) async fn resolve(
    conn: &impl ConnectionTrait,
    engine: Engine,
    channel: ChannelId,
    open_to: Option<WorkspaceId>,
    indexes: &[String],
) -> Result<HashMap<String, UserId>> {
    let Some(last) = indexes.last() else { return Ok(HashMap::new()) };
    let mut indexes = indexes.to_vec();
    indexes.resize(indexes.len().next_power_of_two(), last.clone());
    let mut sql = Sql::new(engine, &resolve_text(indexes.len(), open_to.is_some())).bind_all(indexes).bind(channel.0);
    if let Some(workspace) = open_to {
        sql = sql.bind(workspace.0).bind(Role::Guest.code());
    }
    let rows = conn.query_all_raw(sql.build()).await.db()?;
    rows.iter().map(|row| Ok((row.try_get("", "handle_folded").db()?, UserId(row.try_get("", "id").db()?)))).collect()
}

fn role_reach_text(count: usize) -> String {
    format!(
        "select count(*) as reached from (select m.user_id from channel_members m \
           join workspace_members w on w.workspace_id = ? and w.user_id = m.user_id \
           where m.channel_id = ? and m.removed = false and w.removed = false and w.role in ({}) limit ?) t",
        placeholders(count)
    )
}

/// Whether more members of a channel than `bound` have one of these roles.
pub(crate) async fn roles_reach_more(
    conn: &impl ConnectionTrait,
    engine: Engine,
    channel: ChannelId,
    workspace: WorkspaceId,
    roles: &[Role],
    bound: u64,
) -> Result<bool> {
    if roles.is_empty() {
        return Ok(false);
    }
    let bound = i64::try_from(bound).unwrap_or(i64::MAX - 1);
    let sql = Sql::new(engine, &role_reach_text(roles.len())).bind(workspace.0).bind(channel.0);
    let sql = sql.bind_all(roles.iter().map(|role| role.code())).bind(bound + 1);
    let row = conn.query_one_raw(sql.build()).await.db()?;
    let reached: i64 = row.map_or(Ok(0), |row| row.try_get("", "reached")).db()?;
    Ok(reached > bound)
}

/// Every raw text of this file, to be prepared by a test.
#[cfg(test)]
pub(crate) fn statements() -> Vec<String> {
    vec![resolve_text(2, false), resolve_text(2, true), role_reach_text(1)]
}
