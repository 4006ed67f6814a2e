//! Passwords: Argon2id, off the async threads, behind a bounded queue.
//!
//! An unknown account costs the same as a wrong password: [`Passwords::verify`] without a hash checks a made-up one
//! of the same cost. A hash of another cost than the configured one is told as outdated and replaced at the next
//! sign-in. Not here: what happens when it is wrong (`throttle`), where hashes are stored (`accounts`).

mod common;
mod policy;
mod pool;

pub(crate) use policy::check as check_policy;
pub use pool::HashPool;

use crate::{Auth, HashCost};
use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::phc::{Output, PasswordHash as Phc, Salt},
};
use plexichat_kernel::{Error, Result, random};
use plexichat_model::{ErrorCode, limits};
use std::{sync::Arc, time::Duration};
use unicode_normalization::UnicodeNormalization as _;

/// A password hash in PHC form. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// As it is stored.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// What checking a password found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is the right one.
    pub matches: bool,
    /// Whether the stored hash has another cost than the configured one.
    pub outdated: bool,
}

/// Hashes and checks passwords. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    pool: HashPool,
    argon: Argon2<'static>,
    made_up: Arc<str>,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").finish_non_exhaustive()
    }
}

impl Passwords {
    /// With this cost, on this pool.
    pub fn new(pool: HashPool, cost: HashCost) -> Result<Self> {
        let wrong = |e: argon2::Error| Error::invalid("auth", format!("these Argon2 settings do not work together: {e}"));
        let length = Some(Params::DEFAULT_OUTPUT_LEN);
        let params = Params::new(cost.memory_kib, cost.iterations, cost.parallelism, length).map_err(wrong)?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        Ok(Self { pool, argon, made_up: made_up(&params)?.into() })
    }

    /// Hashes a password that passed [`check_policy`].
    pub async fn hash(&self, password: &str) -> Result<PasswordHash> {
        let (argon, password) = (self.argon.clone(), prepared(password)?);
        self.pool
            .run(move || {
                let salt: [u8; 16] = random::bytes();
                argon.hash_password_with_salt(password.as_bytes(), &salt).map(|hash| PasswordHash(hash.to_string()))
            })
            .await?
            .map_err(Error::internal)
    }

    /// Compares a password with a stored hash; without one it takes as long and never matches.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<Verdict> {
        let (argon, password) = (self.argon.clone(), prepared(password)?);
        let known = stored.is_some();
        let stored: Arc<str> = stored.map_or_else(|| self.made_up.clone(), Arc::from);
        self.pool
            .run(move || {
                let hash = Phc::new(&stored).map_err(Error::internal)?;
                let matches = argon.verify_password(password.as_bytes(), &hash).is_ok();
                let outdated = Params::try_from(&hash).map_or(true, |params| params != *argon.params());
                Ok(Verdict { matches: matches && known, outdated: known && outdated })
            })
            .await?
    }
}

/// A hash nobody knows the password of, made without hashing.
fn made_up(params: &Params) -> Result<String> {
    let salt: [u8; 16] = random::bytes();
    let output: [u8; Params::DEFAULT_OUTPUT_LEN] = random::bytes();
    let hash = Phc {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: params.try_into().map_err(Error::internal)?,
        salt: Some(Salt::new(&salt).map_err(Error::internal)?),
        hash: Some(Output::new(&output).map_err(Error::internal)?),
    };
    Ok(hash.to_string())
}

/// The bytes that are hashed: bounded, and the same for the same characters however they were typed.
fn prepared(password: &str) -> Result<String> {
    if password.len() > limits::PASSWORD_BYTES {
        return Err(Error::too_large("password", format!("a password has at most {} bytes", limits::PASSWORD_BYTES)));
    }
    Ok(password.nfkc().collect())
}

impl Auth {
    /// Checks a new password against the policy, then hashes it.
    pub(crate) async fn hash_new_password(&self, password: &str, names: &[&str]) -> Result<PasswordHash> {
        check_policy(password, names, self.options().min_password_chars)?;
        self.inner.passwords.hash(password).await
    }
}

/// The answer when the queue is full.
fn overloaded() -> Error {
    Error::new(ErrorCode::Overloaded, "too many people are signing in at this moment; try again in a few seconds")
        .with_retry_after(Duration::from_secs(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AuthOptions;

    fn passwords(cost: HashCost) -> Passwords {
        Passwords::new(HashPool::new(&AuthOptions::default()), cost).expect("valid cost")
    }

    const CHEAP: HashCost = HashCost { memory_kib: 64, iterations: 1, parallelism: 1 };

    #[tokio::test]
    async fn the_right_password_matches_and_the_wrong_one_does_not() {
        let passwords = passwords(CHEAP);
        let hash = passwords.hash("correct horse battery").await.expect("hashes");
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", hash.as_str());
        assert!(hash.as_str().len() <= 255);
        let verdict = passwords.verify("correct horse battery", Some(hash.as_str())).await.expect("verifies");
        assert_eq!(verdict, Verdict { matches: true, outdated: false });
        assert!(!passwords.verify("correct horse batterx", Some(hash.as_str())).await.expect("verifies").matches);
    }

    #[tokio::test]
    async fn equal_passwords_have_different_hashes() {
        let passwords = passwords(CHEAP);
        assert_ne!(passwords.hash("a password").await.expect("hashes"), passwords.hash("a password").await.expect("hashes"));
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_still_matches_and_is_outdated() {
        let hash = passwords(CHEAP).hash("a password").await.expect("hashes");
        let dearer = passwords(HashCost { memory_kib: 128, ..CHEAP });
        let verdict = dearer.verify("a password", Some(hash.as_str())).await.expect("verifies");
        assert_eq!(verdict, Verdict { matches: true, outdated: true });
    }

    #[tokio::test]
    async fn nothing_matches_the_made_up_hash() {
        let passwords = passwords(CHEAP);
        for password in ["", "password"] {
            let verdict = passwords.verify(password, None).await.expect("verifies");
            assert_eq!(verdict, Verdict { matches: false, outdated: false });
        }
    }

    #[tokio::test]
    async fn composed_and_decomposed_letters_are_the_same_password() {
        let passwords = passwords(CHEAP);
        let hash = passwords.hash("pass\u{00E9}word").await.expect("hashes");
        assert!(passwords.verify("passe\u{0301}word", Some(hash.as_str())).await.expect("verifies").matches);
    }

    #[tokio::test]
    async fn a_megabyte_is_refused_before_it_is_hashed() {
        let passwords = passwords(CHEAP);
        let long = "x".repeat(1_048_576);
        assert_eq!(passwords.hash(&long).await.expect_err("too long").code(), ErrorCode::TooLarge);
        assert_eq!(passwords.verify(&long, None).await.expect_err("too long").code(), ErrorCode::TooLarge);
        assert!(passwords.hash(&"x".repeat(1024)).await.is_ok());
    }

    #[tokio::test]
    async fn a_broken_stored_hash_never_matches() {
        let passwords = passwords(CHEAP);
        assert!(passwords.verify("x", Some("not a hash")).await.is_err());
    }
}
