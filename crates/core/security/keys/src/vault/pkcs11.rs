//! A vault in a token (a hardware security module, a smart card) by PKCS#11 2.40 or newer: an AES-256 key that is made in
//! the token, never leaves it, and seals by AES-GCM there.
//!
//! ```text
//! version 1 (0x01) ‖ nonce 12 ‖ ciphertext and tag 16        the label is the associated data
//! ```
//!
//! The token's library is loaded into this process and can do what the process can; name one that you trust. Its calls may
//! block, so they run on threads for that, one at a time, and are waited for so long and no longer. A PIN that the token
//! refused is not tried again, and none is tried when the next wrong one would lock the token.

mod call;

use super::{KeyVault, out_of_reach};
use call::Call;
use plexichat_kernel::{
    Error, Result,
    config::{Pkcs11Place, Secret},
    random, tasks,
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// First byte of what it seals.
const FORMAT: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;
/// Longest wait for a token.
const PATIENCE: Duration = Duration::from_secs(30);

/// A vault in a token.
pub struct Pkcs11Vault {
    place: Arc<Pkcs11Place>,
    /// One call at a time; a call that hangs keeps the others out.
    calls: Arc<Semaphore>,
    /// A PIN that the token refused.
    refused: Arc<Mutex<Option<Secret>>>,
}

impl std::fmt::Debug for Pkcs11Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pkcs11Vault").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Pkcs11Vault {
    /// A vault with its key at this place, which need not exist yet.
    pub fn new(place: Pkcs11Place) -> Self {
        Self { place: Arc::new(place), calls: Arc::new(Semaphore::new(1)), refused: Arc::default() }
    }

    /// Does something with the token, away from everything that must not block.
    async fn with_token<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Call) -> Result<T> + Send + 'static,
    {
        let pin = self.place.pin.read().map_err(|why| out_of_reach(format!("the PIN of the token {why}. {}", self.remedy())))?;
        let last = self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if last.as_ref() == Some(&pin) {
            return Err(Error::unavailable(format!("the token refused this PIN; it is not tried again. {}", self.remedy())));
        }
        let (place, refused, calls) = (Arc::clone(&self.place), Arc::clone(&self.refused), Arc::clone(&self.calls));
        let waited = async move {
            let turn = calls.acquire_owned().await.map_err(Error::internal)?;
            let call = tasks::spawn_blocking("pkcs11", move || {
                let _turn = turn;
                let call = Call::open(&place, &pin).inspect_err(|failed| {
                    if failed.is_pin {
                        *refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(pin.clone());
                    }
                });
                call.map_err(|failed| failed.error).and_then(|call| work(&call))
            });
            call.await.map_err(Error::internal)?
        };
        match tokio::time::timeout(PATIENCE, waited).await {
            Ok(done) => done,
            Err(_) => Err(out_of_reach(format!("the token does not answer in {} s. {}", PATIENCE.as_secs(), self.remedy()))),
        }
    }
}

#[async_trait::async_trait]
impl KeyVault for Pkcs11Vault {
    fn name(&self) -> &'static str {
        "pkcs11"
    }

    fn remedy(&self) -> String {
        let token = self.place.token.as_ref().or(self.place.serial.as_ref()).map_or("", String::as_str);
        format!("Check the token {token}, its PIN and the library {}", self.place.module.display())
    }

    async fn prepare(&self) -> Result<()> {
        self.with_token(|call| if call.find()?.is_some() { Ok(()) } else { call.generate() }).await
    }

    async fn seal(&self, label: &[u8], secret: &[u8]) -> Result<Vec<u8>> {
        let (label, secret) = (label.to_vec(), Zeroizing::new(secret.to_vec()));
        self.with_token(move |call| {
            let key = call.needed()?;
            // A token may insist on a nonce of its own and then writes it here.
            let mut nonce = random::bytes::<NONCE>();
            let sealed = call.encrypt(key, &mut nonce, &label, &secret)?;
            Ok([&[FORMAT], &nonce[..], &sealed].concat())
        })
        .await
    }

    async fn open(&self, label: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let damaged = || Error::unavailable("what the token sealed is damaged; restore table root_seals from a backup");
        let (head, rest) = sealed.split_at_checked(1 + NONCE).ok_or_else(damaged)?;
        let mut nonce: [u8; NONCE] = head[1..].try_into().map_err(|_| damaged())?;
        if head[0] != FORMAT || rest.len() < TAG {
            return Err(damaged());
        }
        let (label, rest) = (label.to_vec(), rest.to_vec());
        self.with_token(move |call| call.decrypt(call.needed()?, &mut nonce, &label, &rest)).await
    }

    fn can_be_out_of_reach(&self) -> bool {
        true
    }
}
