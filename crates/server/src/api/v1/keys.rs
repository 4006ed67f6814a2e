//! The root key's recovery kit, for those who run the instance.
//!
//! What opens a new kit stands in one answer and nowhere else: it is not cached, not logged and not kept for a repetition.
//! Not here: what a kit is and when it counts (`core/security/keys`).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use plexichat_audit::{Action, Record};
use plexichat_auth::access::AdminAccess;
use plexichat_kernel::{Caller, Error, Result};
use plexichat_keys::recovery::{Entered, Form, Kit, Secret};
use plexichat_model::keys::{
    KeysView, NewRecoveryKit, RecoveryKitOrder, RecoveryKitProof, RecoveryKitView, VaultPartView, VaultView,
};
use plexichat_model::{ErrorKind, Permission, RecoveryKitId};

use super::Answer;
use crate::api::present::{Created, DONE};
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Json as Body, Path, Signed};

async fn admitted(app: &App, caller: &Caller) -> Result<AdminAccess> {
    app.auth.admin(caller).await?.require(Permission::ManageInstance)
}

async fn record(app: &App, caller: &Caller, action: Action, kit: &Kit) -> Result<Record> {
    let record = app.auth.audit().record(caller, action).await?;
    Ok(record.on("recovery_kit", kit.id).with("fingerprint", kit.fingerprint.clone()))
}

/// The root key and what recovers it
#[utoipa::path(get, path = "/admin/keys", tag = "admin", responses((status = OK, body = KeysView)))]
pub(crate) async fn get_keys(State(app): State<App>, Signed(caller): Signed) -> Answer<KeysView> {
    admitted(&app, &caller).await?;
    let keys = app.messaging.keys();
    let (root, kits) = (keys.status(), keys.kits().await?);
    let view = |kit: Option<Kit>| kit.as_ref().map(Kit::view);
    let (kit, waiting_kit) = (view(kits.proven), view(kits.waiting));
    let policy = app.guard.options.load().shredding;
    Ok(Json(KeysView {
        root_version: root.version,
        vault: root.vault,
        shred_grace_hours: u32::try_from(policy.grace.as_secs() / 3_600).unwrap_or(u32::MAX),
        shred_needs_approval: policy.needs_approval,
        kit,
        waiting_kit,
    }))
}

/// Ask the vault, part by part, whether it opens the root key at this moment
///
/// The server keeps the opened root key in memory, so a vault that was lost since the start shows here first.
#[utoipa::path(get, path = "/admin/keys/vault", tag = "admin", responses((status = OK, body = VaultView)))]
pub(crate) async fn examine_vault(State(app): State<App>, Signed(caller): Signed) -> Answer<VaultView> {
    admitted(&app, &caller).await?;
    let (opens, parts) = app.messaging.keys().examine().await?;
    let parts = parts.into_iter().map(|part| VaultPartView { name: part.name, problem: part.problem }).collect();
    Ok(Json(VaultView { opens, parts }))
}

/// Make a recovery kit of 24 words or of shares, which the answer shows once; it counts when it was entered again
#[utoipa::path(post, path = "/admin/keys/recovery-kit", tag = "admin", request_body = RecoveryKitOrder,
    responses((status = CREATED, body = NewRecoveryKit)))]
pub(crate) async fn create_recovery_kit(
    State(app): State<App>,
    Signed(caller): Signed,
    Body(order): Body<RecoveryKitOrder>,
) -> ApiResult<Created<NewRecoveryKit>> {
    let access = admitted(&app, &caller).await?;
    let form = match order {
        RecoveryKitOrder::Words {} => Form::Words,
        RecoveryKitOrder::Shares { needed, total } => Form::shares(needed, total).map_err(|error| error.with_field("needed"))?,
    };
    let made = app.messaging.keys().new_kit(form)?;
    let (words, shares) = match &made.secret {
        Secret::Words(words) => (words.split(' ').map(str::to_owned).collect(), Vec::new()),
        Secret::Shares(shares) => (Vec::new(), shares.iter().map(|share| share.as_str().to_owned()).collect()),
    };
    let record = record(&app, &caller, Action::RecoveryKitCreated, &made.kit).await?;
    let row = made.row.clone();
    let work = app.auth.audit().write_along(record, move |tx| {
        let (access, row) = (access.clone(), row.clone());
        Box::pin(async move {
            access.recheck(tx).await?;
            row.write(tx).await
        })
    });
    work.await?;
    Ok(Created(NewRecoveryKit { kit: made.kit.view(), words, shares }))
}

/// Prove that the recovery kit was kept, by entering it again
#[utoipa::path(post, path = "/admin/keys/recovery-kit/proof", tag = "admin", request_body = RecoveryKitProof,
    responses((status = OK, body = RecoveryKitView)))]
pub(crate) async fn prove_recovery_kit(
    State(app): State<App>,
    Signed(caller): Signed,
    Body(proof): Body<RecoveryKitProof>,
) -> Answer<RecoveryKitView> {
    let access = admitted(&app, &caller).await?;
    let at_words = |error: Error| if error.kind() == ErrorKind::Invalid { error.with_field("words") } else { error };
    let entered = Entered::parse(&proof.words).map_err(at_words)?;
    let proven = app.messaging.keys().prove_kit(&entered).await.map_err(at_words)?;
    let record = record(&app, &caller, Action::RecoveryKitProven, &proven.kit).await?;
    let row = proven.row.clone();
    let work = app.auth.audit().write_along(record, move |tx| {
        let (access, row) = (access.clone(), row.clone());
        Box::pin(async move {
            access.recheck(tx).await?;
            row.write(tx).await
        })
    });
    work.await?;
    Ok(Json(proven.kit.view()))
}

/// Forget a recovery kit that fell into wrong hands
///
/// Copies of the database from before still open with it: replace the root key afterwards. One that is merely old is better
/// replaced by a new one, which takes its place when it is proven.
#[utoipa::path(delete, path = "/admin/keys/kits/{kit_id}", tag = "admin", params(("kit_id" = RecoveryKitId, Path)),
    responses((status = NO_CONTENT, description = "Removed")))]
pub(crate) async fn remove_recovery_kit(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(kit_id): Path<RecoveryKitId>,
) -> ApiResult<StatusCode> {
    let access = admitted(&app, &caller).await?;
    let keys = app.messaging.keys().clone();
    let kits = keys.kits().await?;
    let kit = kits.proven.into_iter().chain(kits.waiting).find(|kit| kit.id == kit_id.0);
    let kit = kit.ok_or_else(|| Error::not_found("recovery kit", kit_id))?;
    let record = record(&app, &caller, Action::RecoveryKitRemoved, &kit).await?;
    let work = app.auth.audit().write_along(record, move |tx| {
        let (access, keys) = (access.clone(), keys.clone());
        Box::pin(async move {
            access.recheck(tx).await?;
            keys.remove_kit(tx, kit_id.0).await
        })
    });
    work.await?;
    Ok(DONE)
}
