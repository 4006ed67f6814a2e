//! Set-up, sign-in, sessions and passwords.

use crate::{Client, Result, http::Call};
use plexichat_model::{
    SessionId,
    auth::{Joined, Login, PasswordChange, PasswordReset, Setup, SetupState, SignedIn},
    page::SessionPage,
};

impl Client {
    /// Whether the instance waits for its owner.
    pub async fn get_setup(&self) -> Result<SetupState> {
        self.call(Call::get("/setup")).await
    }

    /// Creates owner, workspace and first channel with the one-time code. A bearer token in the answer is used
    /// from then on.
    pub async fn complete_setup(&self, setup: &Setup) -> Result<Joined> {
        let joined: Joined = self.call(Call::post("/setup").json(setup)?).await?;
        self.adopt(&joined.signed_in);
        Ok(joined)
    }

    /// Opens a session. A bearer token in the answer is used from then on.
    pub async fn login(&self, login: &Login) -> Result<SignedIn> {
        let signed_in: SignedIn = self.call(Call::post("/auth/login").json(login)?).await?;
        self.adopt(&signed_in);
        Ok(signed_in)
    }

    /// Ends this session.
    pub async fn logout(&self) -> Result<()> {
        self.order(Call::post("/auth/logout")).await?;
        self.set_token(None);
        Ok(())
    }

    /// Exchanges the token of this session for a new one. A bearer token in the answer is used from then on.
    pub async fn refresh_session(&self) -> Result<SignedIn> {
        let signed_in: SignedIn = self.call(Call::post("/auth/refresh")).await?;
        self.adopt(&signed_in);
        Ok(signed_in)
    }

    /// The caller's sessions.
    pub async fn list_sessions(&self) -> Result<SessionPage> {
        self.call(Call::get("/auth/sessions")).await
    }

    /// Ends one session of the caller.
    pub async fn revoke_session(&self, session_id: SessionId) -> Result<()> {
        self.order(Call::delete(format!("/auth/sessions/{session_id}"))).await
    }

    /// Ends all sessions of the caller but this one.
    pub async fn revoke_other_sessions(&self) -> Result<()> {
        self.order(Call::delete("/auth/sessions")).await
    }

    /// Changes the caller's password and ends all other sessions.
    pub async fn change_password(&self, change: &PasswordChange) -> Result<()> {
        self.order(Call::post("/auth/password").json(change)?).await
    }

    /// Chooses a new password with a one-time code.
    pub async fn reset_password(&self, reset: &PasswordReset) -> Result<()> {
        self.order(Call::post("/auth/reset").json(reset)?).await
    }

    pub(crate) fn adopt(&self, signed_in: &SignedIn) {
        if let Some(token) = &signed_in.token {
            self.set_token(Some(token.clone()));
        }
    }
}
