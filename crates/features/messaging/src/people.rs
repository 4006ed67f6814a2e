//! Looking people up. Who sees whom is `core/auth`'s one predicate; nothing here goes around it.

use crate::{Messaging, page::Page};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{ErrorCode, UserId, limits, page::UserPage, user::UserView};

/// Whom to list: by id, or by the beginning of a name.
#[derive(Clone, Debug, Default)]
pub struct UserQuery {
    /// These accounts, at most 200; excludes the other fields.
    pub ids: Option<Vec<UserId>>,
    /// Beginning of handle or display name, without regard to case.
    pub q: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
    /// Most items.
    pub limit: Option<usize>,
}

impl Messaging {
    /// The profile of somebody the caller sees.
    pub async fn get_user(&self, caller: &Caller, id: UserId) -> Result<UserView> {
        self.auth.user(caller, id).await
    }

    /// Profiles of people the caller sees; asked for by id, those they do not see are left out.
    pub async fn list_users(&self, caller: &Caller, query: &UserQuery) -> Result<UserPage> {
        let Some(ids) = &query.ids else {
            Page::of(query.limit)?;
            let limit = query.limit.unwrap_or(50);
            return self.auth.find_users(caller, query.q.as_deref().unwrap_or_default(), query.after.as_deref(), limit).await;
        };
        if query.q.is_some() || query.after.is_some() {
            let message = "ask either for ids or for a page of names, not for both";
            return Err(Error::new(ErrorCode::InvalidQuery, message).with_field("ids"));
        }
        if ids.len() > limits::LOOKUP_IDS {
            let message = format!("ask for at most {} accounts at once", limits::LOOKUP_IDS);
            return Err(Error::new(ErrorCode::InvalidQuery, message).with_field("ids"));
        }
        Ok(UserPage { items: self.auth.users(caller, ids).await?, next: None })
    }
}
