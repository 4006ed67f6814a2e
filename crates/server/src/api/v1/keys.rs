//! The root key's recovery kit, for those who run the instance.
//!
//! The words of a new kit stand in one answer and nowhere else: it is not cached, not logged and not kept for a repetition.
//! Not here: what a kit is and when it counts (`core/security/keys`).

use axum::Json;
use axum::extract::State;
use plexichat_audit::{Action, Record};
use plexichat_auth::access::AdminAccess;
use plexichat_kernel::{Caller, Error, Result};
use plexichat_keys::recovery::{Entered, Form, Kit, Secret};
use plexichat_model::keys::{KeysView, NewRecoveryKit, RecoveryKitProof, RecoveryKitView};
use plexichat_model::{ErrorKind, Permission};

use super::Answer;
use crate::api::present::Created;
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Json as Body, Signed};

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
    Ok(Json(KeysView { root_version: root.version, vault: root.vault, kit, waiting_kit }))
}

/// Make a recovery kit of 24 words, which the answer shows once; it counts when it was entered again
#[utoipa::path(post, path = "/admin/keys/recovery-kit", tag = "admin", responses((status = CREATED, body = NewRecoveryKit)))]
pub(crate) async fn create_recovery_kit(State(app): State<App>, Signed(caller): Signed) -> ApiResult<Created<NewRecoveryKit>> {
    let access = admitted(&app, &caller).await?;
    let made = app.messaging.keys().new_kit(Form::Words)?;
    let Secret::Words(words) = &made.secret else { return Err(Error::internal("a kit of words has shares").into()) };
    let words = words.split(' ').map(str::to_owned).collect();
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
    Ok(Created(NewRecoveryKit { kit: made.kit.view(), words }))
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
