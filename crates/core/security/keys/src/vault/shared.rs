//! A vault made of others: the root key in n shares, one sealed by each, of which any k give it back.
//!
//! What it seals, in front a version, all numbers big-endian:
//!
//! ```text
//! version 1 (0x01) ‖ length 2 ‖ set (see `plexichat_sealing::share`) ‖ n × ( length 1 ‖ name ‖ length 2 ‖ sealed share )
//! ```
//!
//! A member seals its share under the label of the root key with the set, its number and its name, so that neither can be
//! exchanged. A share that does not fit its commitment is named and left out. Members are asked all at once; when enough
//! have answered, the others get a moment more, so that what is wrong with them is in the log.

use super::{KeyVault, Part, out_of_reach};
use futures_util::{
    StreamExt as _,
    future::{join_all, try_join_all},
    stream::FuturesUnordered,
};
use plexichat_kernel::{Error, Result, config::MOST_VAULTS};
use plexichat_sealing::{Key, Share, ShareSet, share};
use std::{sync::Arc, time::Duration};
use zeroize::Zeroizing;

mod blob;

use blob::Blob;

/// What the others get when enough members have answered.
const MOMENT: Duration = Duration::from_secs(1);

/// A vault that others share.
#[derive(Clone)]
pub struct SharedVault {
    threshold: u8,
    members: Vec<Member>,
}

/// One of the vaults of a set.
#[derive(Clone)]
pub struct Member {
    /// Its name, which stands beside its share.
    pub name: String,
    /// The vault.
    pub vault: Arc<dyn KeyVault>,
}

impl std::fmt::Debug for SharedVault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.members.iter().map(|member| member.name.as_str()).collect();
        f.debug_struct("SharedVault").field("threshold", &self.threshold).field("members", &names).finish()
    }
}

/// Why a member gave no share.
struct Failure {
    text: String,
    /// It may give it later.
    may_pass: bool,
}

impl Failure {
    fn of(error: &Error) -> Self {
        Self { text: error.message().to_owned(), may_pass: super::is_out_of_reach(error) }
    }

    fn lasting(text: impl Into<String>) -> Self {
        Self { text: text.into(), may_pass: false }
    }
}

impl SharedVault {
    /// A set of 1 to 16 members with different names, of which `threshold` open it.
    pub fn new(threshold: u8, members: Vec<Member>) -> Result<Self> {
        let is_sound = threshold >= 1 && usize::from(threshold) <= members.len() && members.len() <= MOST_VAULTS;
        let is_named = |(at, member): (usize, &Member)| {
            let fits = (1..=blob::LONGEST_NAME).contains(&member.name.len());
            fits && members[..at].iter().all(|other| other.name != member.name)
        };
        if is_sound && members.iter().enumerate().all(is_named) {
            return Ok(Self { threshold, members });
        }
        let text = format!("a shared vault has 1 to {MOST_VAULTS} members with different names, and as many or fewer open it");
        Err(Error::unavailable(text))
    }

    /// Members that may have shares of a set, which says itself how many are needed: opens and does not seal.
    pub fn opener(members: Vec<Member>) -> Self {
        Self { threshold: 0, members }
    }

    fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// The share of one member, proven by its commitment.
    async fn share(&self, label: &[u8], blob: &Blob, at: usize) -> Result<Share, Failure> {
        let (index, name, sealed) = blob.part(at);
        let member = self.member(name).ok_or_else(|| Failure::lasting("it is not in keys.vaults"))?;
        let opened = member.vault.open(&bound(label, &blob.set, index, name), sealed).await;
        let bytes = opened.map_err(|error| Failure::of(&error))?;
        let share = Share::from_bytes(&bytes).map_err(|_| Failure::lasting("what it opened is no share"))?;
        let fits = share.index() == index && blob.set.check(&share).is_ok();
        fits.then_some(share).ok_or_else(|| Failure::lasting("its share is corrupted or forged"))
    }

    fn parse(&self, sealed: &[u8]) -> Result<Blob> {
        Blob::parse(sealed)
            .ok_or_else(|| Error::unavailable(format!("the shared seal of the root key is damaged. {}", self.remedy())))
    }

    fn refused(&self, needed: u8, good: usize, failures: &[(String, Failure)]) -> Error {
        let told: Vec<String> = failures.iter().map(|(name, failure)| format!("{name}: {}", failure.text)).collect();
        let total = good + failures.len();
        let text = format!(
            "{needed} of the {total} vaults that share the root key are needed, and {good} opened their share: {}. {}",
            told.join("; "),
            self.remedy()
        );
        let may_come = failures.iter().filter(|(_, failure)| failure.may_pass).count();
        if good + may_come >= usize::from(needed) { out_of_reach(text) } else { Error::unavailable(text) }
    }
}

/// What a member seals its share under.
fn bound(label: &[u8], set: &ShareSet, index: u8, name: &str) -> Vec<u8> {
    [label, b"\0share\0", &set.id(), &[index], name.as_bytes()].concat()
}

#[async_trait::async_trait]
impl KeyVault for SharedVault {
    fn name(&self) -> &'static str {
        "shared"
    }

    fn remedy(&self) -> String {
        "Bring back as many vaults of keys.vaults as are needed; see docs/guide/keys.md".to_owned()
    }

    async fn prepare(&self) -> Result<()> {
        let prepared =
            self.members.iter().map(|member| async { member.vault.prepare().await.map_err(|error| named(member, &error)) });
        try_join_all(prepared).await.map(|_| ())
    }

    /// Every member must be there: a share that is handed to nobody would be lost from the start.
    async fn seal(&self, label: &[u8], secret: &[u8]) -> Result<Vec<u8>> {
        let key = Key::try_from(secret).map_err(|_| Error::internal("a shared vault keeps keys of 32 bytes"))?;
        let total = u8::try_from(self.members.len()).map_err(Error::internal)?;
        let (set, shares) = share::split(&key, self.threshold, total).map_err(Error::internal)?;
        let sealing = self.members.iter().zip(&shares).map(|(member, share)| async {
            let label = bound(label, &set, share.index(), &member.name);
            let sealed = member.vault.seal(&label, &share.to_bytes()).await.map_err(|error| named(member, &error))?;
            Ok::<_, Error>((member.name.clone(), sealed))
        });
        let parts = try_join_all(sealing).await?;
        Blob { set: set.clone(), parts }.to_bytes()
    }

    async fn open(&self, label: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let blob = self.parse(sealed)?;
        let needed = blob.set.needed();
        let asked = (0..blob.parts.len()).map(|at| {
            let answer = self.share(label, &blob, at);
            async move { (at, answer.await) }
        });
        let mut asked: FuturesUnordered<_> = asked.collect();
        let (mut good, mut failures) = (Vec::new(), Vec::new());
        loop {
            let next = if good.len() < usize::from(needed) {
                asked.next().await
            } else {
                tokio::time::timeout(MOMENT, asked.next()).await.ok().flatten()
            };
            match next {
                None => break,
                Some((_, Ok(share))) => good.push(share),
                Some((at, Err(failure))) => failures.push((blob.parts[at].0.clone(), failure)),
            }
        }
        if good.len() < usize::from(needed) {
            return Err(self.refused(needed, good.len(), &failures));
        }
        for (name, failure) in &failures {
            tracing::warn!(vault = name, why = failure.text, "a vault did not open its share of the root key");
        }
        let joined = blob.set.join(&good).map_err(|error| Error::unavailable(format!("the shares do not fit: {error}")))?;
        Ok(Zeroizing::new(joined.key.expose().to_vec()))
    }

    async fn examine(&self, label: &[u8], sealed: &[u8]) -> Vec<Part> {
        let Ok(blob) = self.parse(sealed) else { return Vec::new() };
        let answers = join_all((0..blob.parts.len()).map(|at| self.share(label, &blob, at))).await;
        let names = blob.parts.iter().map(|(name, _)| name.clone());
        let mut parts: Vec<Part> =
            names.zip(answers).map(|(name, answer)| Part { name, problem: answer.err().map(|failure| failure.text) }).collect();
        for member in &self.members {
            if blob.parts.iter().all(|(name, _)| *name != member.name) {
                let problem = Some("it has no share yet; run `plexichat keys reseal`".to_owned());
                parts.push(Part { name: member.name.clone(), problem });
            }
        }
        let (is, wanted) = (blob.set.needed(), self.threshold);
        if is != wanted {
            let problem = format!("{is} vaults are needed, and keys.threshold says {wanted}; run `plexichat keys reseal`");
            parts.push(Part { name: "threshold".to_owned(), problem: Some(problem) });
        }
        parts
    }

    fn can_be_out_of_reach(&self) -> bool {
        true
    }

    async fn tend(&self) -> Result<Option<Duration>> {
        let (mut soonest, mut failed) = (None::<Duration>, None);
        for (member, outcome) in self.members.iter().zip(join_all(self.members.iter().map(|member| member.vault.tend())).await) {
            match outcome {
                Ok(after) => soonest = [soonest, after].into_iter().flatten().min(),
                Err(error) => failed = Some(named(member, &error)),
            }
        }
        failed.map_or(Ok(soonest), Err)
    }
}

/// The same failure, of one of several.
fn named(member: &Member, error: &Error) -> Error {
    Error::new(error.code(), format!("the vault {}: {}", member.name, error.message()))
}
