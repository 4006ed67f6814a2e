//! A vault in somebody's head: a key derived from a passphrase by Argon2id (RFC 9106).
//!
//! The passphrase comes with the configuration or, of a member of a set, from a file or variable when it is asked for.
//! Salt and cost stand in what it seals, so that the cost can be raised later.

use super::{KeyVault, out_of_reach};
use plexichat_kernel::{
    Error, Result,
    config::{Secret, SecretSource},
    random,
};
use plexichat_sealing::{Context, Key, KeyId, Row, column};
use zeroize::Zeroizing;

/// There is one key in a vault.
const VAULT: KeyId = KeyId::new(1).expect("is positive");
/// First byte of what it seals.
const FORMAT: u8 = 1;
const SALT: usize = 16;
/// Shortest passphrase, characters.
const SHORTEST: usize = 12;
/// Format, memory, iterations, parallelism, salt.
const HEADER: usize = 1 + 4 + 4 + 4 + SALT;
/// A header that asks for more memory is not one of ours: 1 GiB, in KiB.
const MOST_MEMORY: u32 = 1024 * 1024;

/// Cost of a derivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassphraseCost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Default for PassphraseCost {
    /// RFC 9106, second recommended option: 64 MiB and three passes.
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, iterations: 3, parallelism: 4 }
    }
}

/// A vault that a passphrase opens.
#[derive(Clone)]
pub struct PassphraseVault {
    given: Given,
    cost: PassphraseCost,
}

/// How it got its passphrase.
#[derive(Clone)]
enum Given {
    /// With the configuration.
    Here(Secret),
    /// One of several vaults: from where the configuration says, and that it is missing may pass.
    Source(SecretSource),
}

impl std::fmt::Debug for PassphraseVault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PassphraseVault").field("cost", &self.cost).finish_non_exhaustive()
    }
}

impl PassphraseVault {
    /// A vault that this passphrase opens; what it seals costs so much to try.
    pub fn new(passphrase: Secret, cost: PassphraseCost) -> Self {
        Self { given: Given::Here(passphrase), cost }
    }

    /// The same as one of several vaults, whose passphrase is read when it is needed.
    pub fn member(source: SecretSource, cost: PassphraseCost) -> Self {
        Self { given: Given::Source(source), cost }
    }

    fn passphrase(&self) -> Result<Secret> {
        match &self.given {
            Given::Here(secret) => Ok(secret.clone()),
            Given::Source(source) => source.read().map_err(|why| out_of_reach(format!("the passphrase {why}"))),
        }
    }

    async fn key(&self, cost: PassphraseCost, salt: [u8; SALT]) -> Result<Key> {
        let passphrase = self.passphrase()?;
        let work = move || derive(passphrase.expose().as_bytes(), cost, &salt);
        let derived = plexichat_kernel::tasks::spawn_blocking("passphrase", work);
        derived.await.map_err(Error::internal)?
    }
}

fn derive(passphrase: &[u8], cost: PassphraseCost, salt: &[u8]) -> Result<Key> {
    let params = argon2::Params::new(cost.memory_kib, cost.iterations, cost.parallelism, Some(32));
    let params = params.map_err(|cause| Error::unavailable(format!("a passphrase cannot be used at this cost: {cause}")))?;
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut bytes = Zeroizing::new([0_u8; 32]);
    argon.hash_password_into(passphrase, salt, bytes.as_mut()).map_err(|cause| Error::internal(cause.to_string()))?;
    Ok(Key::from_bytes(&bytes))
}

fn header(cost: PassphraseCost, salt: &[u8; SALT]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER);
    bytes.push(FORMAT);
    for number in [cost.memory_kib, cost.iterations, cost.parallelism] {
        bytes.extend(number.to_be_bytes());
    }
    bytes.extend(salt);
    bytes
}

fn parse(sealed: &[u8]) -> Option<(PassphraseCost, [u8; SALT], &[u8])> {
    let (head, rest) = sealed.split_at_checked(HEADER)?;
    let number = |at: usize| Some(u32::from_be_bytes(head.get(at..at + 4)?.try_into().ok()?));
    let cost = PassphraseCost { memory_kib: number(1)?, iterations: number(5)?, parallelism: number(9)? };
    let is_sane = head[0] == FORMAT && cost.memory_kib <= MOST_MEMORY && cost.iterations <= 64 && cost.parallelism <= 64;
    is_sane.then_some((cost, head[13..].try_into().ok()?, rest))
}

/// Label and header: whoever lowers the cost in the database changes the key and the context.
fn bound(label: &[u8], header: &[u8]) -> Vec<u8> {
    [label, b"\0", header].concat()
}

#[async_trait::async_trait]
impl KeyVault for PassphraseVault {
    fn name(&self) -> &'static str {
        "passphrase"
    }

    fn remedy(&self) -> String {
        match &self.given {
            Given::Here(_) => {
                "Give the right one by keys.passphrase, best as a reference to a file or to the environment".to_owned()
            }
            Given::Source(_) => "Put the right one where the address of the vault says".to_owned(),
        }
    }

    async fn prepare(&self) -> Result<()> {
        if self.passphrase()?.expose().chars().count() < SHORTEST {
            let text = format!("the passphrase is too short to protect anything: use at least {SHORTEST} characters");
            return Err(Error::unavailable(text));
        }
        Ok(())
    }

    async fn seal(&self, label: &[u8], secret: &[u8]) -> Result<Vec<u8>> {
        let salt = random::bytes::<SALT>();
        let key = self.key(self.cost, salt).await?;
        let mut sealed = header(self.cost, &salt);
        let context = bound(label, &sealed);
        let context = Context { table: "vault", column: "root", row: Row::Bytes(&context) };
        let inner = column::seal(&key, VAULT, &context, secret);
        sealed.extend(inner);
        Ok(sealed)
    }

    async fn open(&self, label: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let wrong =
            |why: &str| Error::unavailable(format!("the passphrase does not open this database: {why}. {}", self.remedy()));
        let (cost, salt, inner) = parse(sealed).ok_or_else(|| wrong("what it sealed is damaged"))?;
        let key = self.key(cost, salt).await?;
        let context = bound(label, &header(cost, &salt));
        let context = Context { table: "vault", column: "root", row: Row::Bytes(&context) };
        column::open(&key, &context, inner).map_err(|_| wrong("it is the wrong one"))
    }
}
