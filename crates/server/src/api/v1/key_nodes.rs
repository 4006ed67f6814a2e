//! Nodes that join with a one-time token, for those who run the instance.
//!
//! A token stands in one answer and nowhere else: it is not cached, not logged and not kept for a repetition. Not here: how a
//! node joins (`core/security/keys`).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use plexichat_audit::{Action, Record};
use plexichat_auth::access::AdminAccess;
use plexichat_kernel::{Caller, Result};
use plexichat_keys::nodes::Invitation;
use plexichat_model::key_nodes::{
    CreatedNodeInvitation, KeyNodeList, KeyNodeView, NewNodeInvitation, NodeInvitationList, NodeInvitationView,
};
use plexichat_model::{KeyNodeId, NodeInvitationId, Permission, Timestamp};

use super::Answer;
use crate::api::present::Created;
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Json as Body, Path, Signed};

/// How long an invitation is good for unless it is said.
const HOURS: u32 = 24;

async fn admitted(app: &App, caller: &Caller) -> Result<AdminAccess> {
    app.auth.admin(caller).await?.require(Permission::ManageInstance)
}

async fn record(app: &App, caller: &Caller, action: Action, (kind, id): (&str, i64)) -> Result<Record> {
    Ok(app.auth.audit().record(caller, action).await?.on(kind, id))
}

fn view(invitation: &Invitation) -> NodeInvitationView {
    let Invitation { id, created_by, created_ms, expires_ms } = *invitation;
    let (created_at, expires_at) = (Timestamp(created_ms), Timestamp(expires_ms));
    NodeInvitationView { id: NodeInvitationId(id), created_by, created_at, expires_at }
}

/// Nodes that joined and open the root key by keys of their own
#[utoipa::path(get, path = "/admin/keys/nodes", tag = "admin", responses((status = OK, body = KeyNodeList)))]
pub(crate) async fn list_key_nodes(State(app): State<App>, Signed(caller): Signed) -> Answer<KeyNodeList> {
    admitted(&app, &caller).await?;
    let nodes = app.messaging.keys().nodes().await?.into_iter();
    let items = nodes.map(|node| KeyNodeView {
        id: KeyNodeId(node.id),
        fingerprint: node.fingerprint,
        joined_at: Timestamp(node.joined_ms),
    });
    Ok(Json(KeyNodeList { items: items.collect() }))
}

/// Forget a node that joined
///
/// It does not start again, and the next root key is not sealed for it. What it knows it knows: stop it before, and rotate the
/// root key afterwards.
#[utoipa::path(delete, path = "/admin/keys/nodes/{node_id}", tag = "admin", params(("node_id" = KeyNodeId, Path)),
    responses((status = NO_CONTENT, description = "Removed")))]
pub(crate) async fn remove_key_node(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(node_id): Path<KeyNodeId>,
) -> ApiResult<StatusCode> {
    let access = admitted(&app, &caller).await?;
    let record = record(&app, &caller, Action::NodeRemoved, ("key_node", node_id.0)).await?;
    let keys = app.messaging.keys().clone();
    let work = app.auth.audit().write_along(record, move |tx| {
        let (access, keys) = (access.clone(), keys.clone());
        Box::pin(async move {
            access.recheck(tx).await?;
            keys.remove_node(tx, node_id.0).await
        })
    });
    work.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Invitations that wait for their node
#[utoipa::path(get, path = "/admin/keys/node-invitations", tag = "admin", responses((status = OK, body = NodeInvitationList)))]
pub(crate) async fn list_node_invitations(State(app): State<App>, Signed(caller): Signed) -> Answer<NodeInvitationList> {
    admitted(&app, &caller).await?;
    let found = app.messaging.keys().node_invitations().await?;
    Ok(Json(NodeInvitationList { items: found.iter().map(view).collect() }))
}

/// Make a one-time token by which a node joins, which the answer shows once
///
/// Whoever has it and reaches the database gets the root key. The new machine hands it to `plexichat keys join`.
#[utoipa::path(post, path = "/admin/keys/node-invitations", tag = "admin", request_body = NewNodeInvitation,
    responses((status = CREATED, body = CreatedNodeInvitation)))]
pub(crate) async fn create_node_invitation(
    State(app): State<App>,
    Signed(caller): Signed,
    Body(new): Body<NewNodeInvitation>,
) -> ApiResult<Created<CreatedNodeInvitation>> {
    let access = admitted(&app, &caller).await?;
    let hours = new.expires_in_hours.unwrap_or(HOURS);
    let made = app.messaging.keys().invite_node(hours, caller.account()?).await;
    let made = made.map_err(|error| if error.field().is_some() { error.with_field("expires_in_hours") } else { error })?;
    let record = record(&app, &caller, Action::NodeInvited, ("node_invitation", made.invitation.id)).await?;
    let written = made.clone();
    let work = app.auth.audit().write_along(record, move |tx| {
        let (access, written) = (access.clone(), written.clone());
        Box::pin(async move {
            access.recheck(tx).await?;
            written.write(tx).await
        })
    });
    work.await?;
    Ok(Created(CreatedNodeInvitation { invitation: view(&made.invitation), token: made.token.to_string() }))
}

/// Take an invitation of a node back
#[utoipa::path(delete, path = "/admin/keys/node-invitations/{node_invitation_id}", tag = "admin",
    params(("node_invitation_id" = NodeInvitationId, Path)), responses((status = NO_CONTENT, description = "Revoked")))]
pub(crate) async fn revoke_node_invitation(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(id): Path<NodeInvitationId>,
) -> ApiResult<StatusCode> {
    let access = admitted(&app, &caller).await?;
    let record = record(&app, &caller, Action::NodeInvitationRevoked, ("node_invitation", id.0)).await?;
    let keys = app.messaging.keys().clone();
    let work = app.auth.audit().write_along(record, move |tx| {
        let (access, keys) = (access.clone(), keys.clone());
        Box::pin(async move {
            access.recheck(tx).await?;
            keys.revoke_node_invitation(tx, id.0).await
        })
    });
    work.await?;
    Ok(StatusCode::NO_CONTENT)
}
