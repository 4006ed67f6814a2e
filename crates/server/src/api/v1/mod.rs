//! `/api/v1`: one file per resource, one function per operation; its name is the operation's id.

pub(crate) mod admin;
pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod certificates;
pub(crate) mod channel_members;
pub(crate) mod channels;
pub(crate) mod invitations;
pub(crate) mod key_nodes;
pub(crate) mod key_tasks;
pub(crate) mod keys;
pub(crate) mod messages;
pub(crate) mod reactions;
pub(crate) mod setup;
pub(crate) mod sync;
pub(crate) mod system;
pub(crate) mod threads;
pub(crate) mod users;
pub(crate) mod workspace_members;
pub(crate) mod workspaces;

use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::ApiResult;

/// A JSON answer.
pub(crate) type Answer<T> = ApiResult<Json<T>>;

/// Page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// `next` of the page before.
    pub(crate) after: Option<String>,
    /// Most items, 1 to 200; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<usize>,
}

/// Page of a list of people.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PeopleQuery {
    /// Beginning of handle or display name, without regard to case.
    pub(crate) q: Option<String>,
    /// `next` of the page before.
    pub(crate) after: Option<String>,
    /// Most items, 1 to 200; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<usize>,
}

/// Place in a timeline, by message numbers; at most one of the first three. None: the newest.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TimelineQuery {
    /// Messages below this number.
    pub(crate) before: Option<i64>,
    /// Messages above this number.
    pub(crate) after: Option<i64>,
    /// Messages on both sides of this number.
    pub(crate) around: Option<i64>,
    /// Most messages, 1 to 200; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<usize>,
}
