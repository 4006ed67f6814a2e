//! Signing in: throttle → providers → status of the account → session.
//!
//! A wrong password and an unknown account are one answer, in the same time. Only who proved the account learns
//! that it is suspended.

use crate::{
    Auth, Credentials, NewSession, OpenedSession, Proof, accounts,
    throttle::{Attempt, Kind},
};
use plexichat_kernel::{Caller, Error, Result};
use plexichat_model::{ErrorCode, auth::Login, limits};

/// Longest handle or address that can exist.
const LOGIN_CHARS: usize = 254;

impl Auth {
    /// Signs in. `caller` is anonymous and carries the client's address, by which attempts are counted.
    pub async fn login(&self, caller: &Caller, input: Login) -> Result<OpenedSession> {
        if input.password.len() > limits::PASSWORD_BYTES {
            return Err(Error::too_large("password", format!("a password has at most {} bytes", limits::PASSWORD_BYTES)));
        }
        let login = accounts::folded(input.login.trim().trim_start_matches('@'));
        // No handle or address has control characters, and not every database takes them all.
        if login.is_empty() || login.chars().count() > LOGIN_CHARS || login.chars().any(char::is_control) {
            return Err(Error::invalid("login", "give your handle or e-mail address"));
        }
        let session = NewSession { transport: input.transport, device_name: input.device_name };
        session.check()?;
        let attempt = Attempt::new(Kind::Login, &self.names().attempt(&login).await?, caller.address());
        self.admit(&attempt).await.inspect_err(|_| self.audit().count("login.throttled", caller))?;
        let credentials = Credentials::Password { login, password: input.password };
        let Some(proof) = self.prove(&credentials).await? else {
            self.audit().count("login.refused", caller);
            self.failed(attempt).await?;
            count("refused");
            return Err(Error::of(ErrorCode::InvalidCredentials));
        };
        self.succeeded(attempt).await?;
        let opened = self.open_proven(caller, proof, session).await;
        count(if opened.is_ok() { "accepted" } else { "not_opened" });
        opened
    }

    /// Asks the providers in order.
    async fn prove(&self, credentials: &Credentials) -> Result<Option<Proof>> {
        for provider in &self.inner.providers {
            if let Some(proof) = provider.authenticate(credentials).await? {
                tracing::debug!(provider = provider.name(), account = %proof.user_id, "proven");
                return Ok(Some(proof));
            }
        }
        Ok(None)
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("plexichat_auth_logins_total", "outcome" => outcome).increment(1);
}
