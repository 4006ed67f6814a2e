//! The one predicate of who sees whom.
//!
//! Two people see each other iff they share a workspace as members (a guest's membership does not count), a
//! channel or a conversation. Every list, completion, presence and look-up by id asks here. An account that is
//! suspended or deactivated stays visible: its messages do. Not here: what somebody may do.

use super::store::people;
use crate::{Auth, accounts, names::Account};
use plexichat_kernel::{Caller, Error, Result, caller::SYSTEM_ACCOUNT};
use plexichat_model::{ErrorCode, UserId, limits, page::UserPage, user::UserView};
use std::collections::HashSet;

impl Auth {
    /// Those of `ids` whom the caller sees, at most [`limits::LOOKUP_IDS`] asked for. Oneself and the instance's
    /// own account are always among them.
    pub async fn visible(&self, caller: &Caller, ids: &[UserId]) -> Result<HashSet<UserId>> {
        let viewer = caller.account()?;
        if ids.len() > limits::LOOKUP_IDS {
            return Err(Error::new(ErrorCode::InvalidQuery, format!("ask for at most {} accounts at once", limits::LOOKUP_IDS))
                .with_field("ids"));
        }
        if caller.is_system() {
            return Ok(ids.iter().copied().collect());
        }
        self.seen_with(viewer, ids).await
    }

    /// The same without a caller, for any number of people: who of `others` sees `user` (and is seen by them).
    pub async fn seen_with(&self, user: UserId, others: &[UserId]) -> Result<HashSet<UserId>> {
        let mut seen: HashSet<UserId> = others.iter().copied().filter(|id| *id == user || *id == SYSTEM_ACCOUNT).collect();
        let rest: Vec<i64> = others.iter().filter(|id| !seen.contains(id)).map(|id| id.0).collect();
        for chunk in rest.chunks(people::CHUNK) {
            let mut left: HashSet<i64> = chunk.iter().copied().collect();
            for share in [people::Share::Workspace, people::Share::Channel] {
                if left.is_empty() {
                    break;
                }
                let asked: Vec<i64> = left.iter().copied().collect();
                for id in people::sharing(self.db().reader(), share, user.0, &asked).await? {
                    left.remove(&id);
                    seen.insert(UserId(id));
                }
            }
        }
        Ok(seen)
    }

    /// The profile of somebody the caller sees.
    pub async fn user(&self, caller: &Caller, id: UserId) -> Result<UserView> {
        let found = self.users(caller, &[id]).await?;
        found.into_iter().next().ok_or_else(|| Error::not_found("account", id))
    }

    /// The profiles of those of `ids` whom the caller sees, in id order; the others are left out.
    pub async fn users(&self, caller: &Caller, ids: &[UserId]) -> Result<Vec<UserView>> {
        let visible: Vec<UserId> = self.visible(caller, ids).await?.into_iter().collect();
        self.profiles(&visible).await
    }

    /// People the caller sees whose handle or display name begins with `prefix`, for people pickers; all of them
    /// with an empty prefix. In id order; pass `next` of one page as `after` for the following one.
    pub async fn find_users(&self, caller: &Caller, prefix: &str, after: Option<&str>, limit: usize) -> Result<UserPage> {
        let viewer = caller.account()?;
        let after = match after {
            Some(text) => {
                text.parse::<UserId>().map_err(|e| Error::new(ErrorCode::InvalidQuery, e.to_string()).with_field("after"))?.0
            }
            None => 0,
        };
        let limit = limit.clamp(1, limits::PAGE_ITEMS);
        let prefix = accounts::folded(prefix.trim().trim_start_matches('@'));
        if prefix.chars().count() > limits::DISPLAY_NAME_CHARS {
            return Ok(UserPage { items: Vec::new(), next: None });
        }
        let mut rows = self.seen_named(viewer, &prefix, after, limit + 1).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|row| row.id.to_string()) } else { None };
        Ok(UserPage { items: rows.iter().map(accounts::view).collect(), next })
    }

    async fn seen_named(&self, viewer: UserId, prefix: &str, after: i64, limit: usize) -> Result<Vec<Account>> {
        let conn = self.db().reader();
        let rows = if prefix.is_empty() {
            people::find(conn, viewer.0, None, after, limit).await?
        } else {
            let mut rows = Vec::new();
            for chunk in self.directory().await?.beginning_with(prefix, after).chunks(people::CHUNK) {
                rows.extend(people::find(conn, viewer.0, Some(chunk), after, limit - rows.len()).await?);
                if rows.len() >= limit {
                    break;
                }
            }
            rows
        };
        self.names().accounts(rows).await
    }
}
