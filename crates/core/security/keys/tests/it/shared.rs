//! A root key that several vaults share, and its way from one vault to another.

use super::vaults::{CHEAP, node, open, passphrase};
use futures_util::FutureExt as _;
use plexichat_events::Journal;
use plexichat_kernel::{
    Clock, Result,
    config::{MOST_VAULTS, Secret, SecretSource},
};
use plexichat_keys::{
    Keys, Resealed, examine, reseal,
    vault::{FileVault, KeyVault, Member, Part, PassphraseVault, SharedVault, is_out_of_reach},
};
use plexichat_testkit::engines;
use std::{path::PathBuf, sync::Arc};

/// Five vaults of two kinds in a folder: four key files and a passphrase in a file.
struct Five(tempfile::TempDir);

impl Five {
    fn new() -> Self {
        let five = Self(tempfile::tempdir().expect("a folder"));
        std::fs::write(five.path(5), "lantern drifts over ice\n").expect("written");
        five
    }

    fn path(&self, number: usize) -> PathBuf {
        self.0.path().join(format!("{number}.key"))
    }

    fn member(&self, number: usize) -> Member {
        let path = self.path(number);
        let vault: Arc<dyn KeyVault> = match number {
            5 => Arc::new(PassphraseVault::member(SecretSource::File(path), CHEAP)),
            _ => Arc::new(FileVault::new(path).into_member()),
        };
        Member { name: format!("vault:{number}"), vault }
    }

    fn set(&self, threshold: u8, numbers: &[usize]) -> SharedVault {
        let members = numbers.iter().map(|number| self.member(*number)).collect();
        SharedVault::new(threshold, members).expect("a set")
    }

    fn all(&self) -> SharedVault {
        self.set(3, &[1, 2, 3, 4, 5])
    }

    fn away(&self, number: usize) -> PathBuf {
        self.path(number).with_extension("away")
    }

    /// Leaves only these where they are.
    fn leave(&self, numbers: &[usize]) {
        for number in 1..=5 {
            let (here, away) = (self.path(number), self.away(number));
            let is_there = here.exists();
            match (numbers.contains(&number), is_there) {
                (true, false) => std::fs::rename(away, here).expect("moves"),
                (false, true) => std::fs::rename(here, away).expect("moves"),
                _ => {}
            }
        }
    }
}

/// Every choice of `size` of the five.
fn choices(size: u32) -> Vec<Vec<usize>> {
    let all = (0_u32..32).filter(|bits| bits.count_ones() == size);
    all.map(|bits| (1..=5).filter(|number| bits >> (number - 1) & 1 == 1).collect()).collect()
}

async fn moved(journal: &Journal, target: &dyn KeyVault, openers: &[Arc<dyn KeyVault>]) -> Result<Resealed> {
    reseal(journal, target, openers, |_| async { Ok(()) }.boxed()).await
}

fn problems(parts: &[Part]) -> Vec<&str> {
    parts.iter().filter(|part| part.problem.is_some()).map(|part| part.name.as_str()).collect()
}

/// What a key of a part is, so that two openings can be compared.
async fn fingerprint(keys: &Keys) -> Vec<u8> {
    keys.of_part("test").await.expect("a key").0.expose().to_vec()
}

engines! {
    /// Three of five open it, whichever they are; two do not.
    async fn any_three_of_five_open_and_no_two(db: TestDb) {
        let (journal, five) = (node(&db, 1, Clock::system()).await, Five::new());
        let keys = open(&journal, &five.all()).await.expect("the first start");
        let expected = fingerprint(&keys).await;
        assert_eq!((choices(3).len(), choices(2).len()), (10, 10));
        for choice in choices(3) {
            five.leave(&choice);
            let keys = open(&journal, &five.all()).await.unwrap_or_else(|error| panic!("{choice:?}: {error}"));
            assert_eq!(fingerprint(&keys).await, expected);
            let parts = examine(journal.db(), &five.all()).await.expect("examined");
            assert_eq!((parts.len(), problems(&parts).len()), (5, 2), "{parts:?}");
        }
        for choice in choices(2) {
            five.leave(&choice);
            let error = open(&journal, &five.all()).await.expect_err("two are too few");
            assert!(is_out_of_reach(&error), "what is missing may come back: {error}");
            assert!(error.message().contains("3 of the 5 vaults"), "{error}");
            for number in 1..=5 {
                let is_told = error.message().contains(&format!("vault:{number}: "));
                assert_eq!(is_told, !choice.contains(&number), "{choice:?}: {error}");
            }
        }
        five.leave(&[1, 2, 3, 4, 5]);
        assert!(problems(&examine(journal.db(), &five.all()).await.expect("examined")).is_empty());
        // Two that are wrong, not missing, do not come back: no reason to wait.
        for number in [1, 2, 3] {
            std::fs::remove_file(five.path(number)).expect("removed");
            FileVault::new(five.path(number)).prepare().await.expect("another key");
        }
        let error = open(&journal, &five.all()).await.expect_err("too few");
        assert!(!is_out_of_reach(&error) && error.message().contains("vault:1: "), "{error}");
    }

    /// A share that is not what was handed out is named, and the others open.
    async fn a_corrupted_share_is_named(db: TestDb) {
        let (journal, five) = (node(&db, 1, Clock::system()).await, Five::new());
        let label = b"a label";
        let secret = plexichat_sealing::Key::random();
        // The fourth vault hands back the share of another splitting of the same key: authentic, and wrong.
        let set = five.all();
        set.prepare().await.expect("ready");
        let forging = Forging { inner: FileVault::new(five.path(4)), is_forging: true.into() };
        let forging = Arc::new(forging);
        let mut members: Vec<Member> = (1..=5).map(|number| five.member(number)).collect();
        members[3].vault = forging.clone();
        let set = SharedVault::new(3, members).expect("a set");
        let sealed = set.seal(label, secret.expose()).await.expect("seals");
        let parts = set.examine(label, &sealed).await;
        assert_eq!(problems(&parts), ["vault:4"], "{parts:?}");
        assert!(parts[3].problem.as_deref().is_some_and(|problem| problem.contains("corrupted or forged")), "{parts:?}");
        assert_eq!(set.open(label, &sealed).await.expect("opens")[..], secret.expose()[..]);
        five.leave(&[1, 2, 4]);
        let error = set.open(label, &sealed).await.expect_err("two good and a forged one");
        assert!(error.message().contains("vault:4: its share is corrupted or forged"), "{error}");
        five.leave(&[1, 2, 3, 4, 5]);
        forging.is_forging.store(false, std::sync::atomic::Ordering::Relaxed);
        // Bits of the seal itself.
        for at in (0..sealed.len()).step_by(7) {
            let mut other = sealed.clone();
            other[at] ^= 1;
            match set.open(label, &other).await {
                Ok(opened) => assert_eq!(opened[..], secret.expose()[..], "bit at {at}"),
                Err(error) => assert!(!error.message().is_empty()),
            }
        }
        assert!(set.open(b"another label", &sealed).await.is_err());
        drop(journal);
    }

    /// One vault is lost and another takes its place, while a node runs.
    async fn a_lost_vault_is_replaced_online(db: TestDb) {
        let (journal, five) = (node(&db, 1, Clock::system()).await, Five::new());
        let four = five.set(2, &[1, 2, 3, 5]);
        let keys = open(&journal, &four).await.expect("the first start");
        let expected = fingerprint(&keys).await;
        std::fs::remove_file(five.path(2)).expect("lost for good");
        let replaced = five.set(3, &[1, 3, 4, 5]);
        let admin = node(&db, 2, Clock::system()).await;
        let done = moved(&admin, &replaced, &[]).await.expect("the others open it");
        assert!(done.is_changed && done.before == ["shared"] && done.version == 1, "{done:?}");
        assert_eq!(fingerprint(&keys).await, expected, "the node that runs goes on");
        assert!(problems(&examine(journal.db(), &replaced).await.expect("examined")).is_empty());
        five.leave(&[1, 4, 5]);
        assert_eq!(fingerprint(&open(&journal, &replaced).await.expect("opens")).await, expected);
        five.leave(&[1, 3]);
        open(&journal, &replaced).await.expect_err("three are needed now");
        five.leave(&[1, 3, 4, 5]);
        assert!(!moved(&admin, &replaced, &[]).await.expect("again").is_changed, "nothing is left to do");
        // A member whose file was made anew under its name has no share: the next run gives it one.
        std::fs::remove_file(five.path(3)).expect("lost");
        assert!(moved(&admin, &replaced, &[]).await.expect("made anew").is_changed);
        assert!(problems(&examine(journal.db(), &replaced).await.expect("examined")).is_empty());
    }

    /// File to set, set to passphrase, passphrase to passphrase: the same root key everywhere, one seal at a time.
    async fn a_root_key_moves_between_vaults(db: TestDb) {
        let (journal, five) = (node(&db, 1, Clock::system()).await, Five::new());
        let file = || Arc::new(FileVault::new(five.path(1))) as Arc<dyn KeyVault>;
        let nothing = moved(&journal, &five.all(), &[]).await.expect_err("there is no root key yet");
        assert!(nothing.message().contains("root key"), "{nothing}");
        let keys = Keys::open(journal.clone(), file()).await.expect("the first start");
        let expected = fingerprint(&keys).await;
        let error = moved(&journal, &five.all(), &[]).await.expect_err("nobody opens it");
        assert!(error.message().contains("keys.previous"), "{error}");
        Keys::open(journal.clone(), file()).await.expect("nothing changed");

        assert!(moved(&journal, &five.all(), &[file()]).await.expect("moves").is_changed);
        Keys::open(journal.clone(), file()).await.expect_err("the old vault alone opens it no more");
        let keys = open(&journal, &five.all()).await.expect("opens");
        assert_eq!(fingerprint(&keys).await, expected);

        let before: Arc<dyn KeyVault> = Arc::new(five.set(1, &[1, 2, 3]));
        moved(&journal, &passphrase("first of two phrases"), std::slice::from_ref(&before)).await.expect("moves");
        let first: Arc<dyn KeyVault> = Arc::new(passphrase("first of two phrases"));
        let second = passphrase("second of two phrases");
        let error = moved(&journal, &second, &[]).await.expect_err("nobody opens it");
        assert!(error.message().contains("wrong one"), "{error}");
        moved(&journal, &second, &[Arc::new(passphrase("neither of the two")), first.clone()]).await.expect("moves");
        let error = Keys::open(journal.clone(), first.clone()).await.expect_err("the old passphrase");
        assert!(error.message().contains("wrong one"), "{error}");
        assert_eq!(fingerprint(&open(&journal, &second).await.expect("opens")).await, expected);
    }

    /// A target that fails, and a transaction that does, leave the old seal in force.
    async fn a_move_that_fails_changes_nothing(db: TestDb) {
        let (journal, five) = (node(&db, 1, Clock::system()).await, Five::new());
        let old = passphrase("lantern drifts over ice");
        let opener: Arc<dyn KeyVault> = Arc::new(passphrase("lantern drifts over ice"));
        open(&journal, &old).await.expect("the first start");
        let lying = Forging { inner: FileVault::new(five.path(1)), is_forging: true.into() };
        moved(&journal, &lying, std::slice::from_ref(&opener)).await.expect_err("it does not open what it sealed");
        open(&journal, &old).await.expect("nothing changed");
        let all = five.all();
        let refused = reseal(&journal, &all, std::slice::from_ref(&opener), |_| {
            async { Err(plexichat_kernel::Error::unavailable("the entry cannot be written")) }.boxed()
        });
        refused.await.expect_err("rolled back");
        open(&journal, &old).await.expect("nothing changed");
        open(&journal, &five.all()).await.expect_err("and nothing new");
        // Two at once: one of them does it, the other finds it done or is told to try again.
        let (other, all) = (node(&db, 2, Clock::system()).await, five.all());
        let openers = [opener];
        let (first, second) = tokio::join!(moved(&journal, &all, &openers), moved(&other, &all, &openers));
        let done = [&first, &second].iter().filter(|outcome| outcome.as_ref().is_ok_and(|done| done.is_changed)).count();
        assert!(done >= 1, "{first:?} {second:?}");
        for error in [first.err(), second.err()].into_iter().flatten() {
            assert!(error.message().contains("meanwhile") || error.code() == plexichat_model::ErrorCode::Conflict, "{error:?}");
        }
        open(&journal, &five.all()).await.expect("opens");
    }
}

/// A vault that hands back something else than it was given.
struct Forging {
    inner: FileVault,
    is_forging: std::sync::atomic::AtomicBool,
}

#[async_trait::async_trait]
impl KeyVault for Forging {
    fn name(&self) -> &'static str {
        "file"
    }

    fn remedy(&self) -> String {
        String::new()
    }

    async fn prepare(&self) -> Result<()> {
        self.inner.prepare().await
    }

    async fn seal(&self, label: &[u8], secret: &[u8]) -> Result<Vec<u8>> {
        let mut secret = secret.to_vec();
        if self.is_forging.load(std::sync::atomic::Ordering::Relaxed) {
            *secret.last_mut().expect("not empty") ^= 1;
        }
        self.inner.seal(label, &secret).await
    }

    async fn open(&self, label: &[u8], sealed: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>> {
        self.inner.open(label, sealed).await
    }
}

#[test]
fn a_set_is_sound() {
    let five = Five::new();
    let of = |threshold: u8, numbers: &[usize]| {
        SharedVault::new(threshold, numbers.iter().map(|number| five.member(*number)).collect())
    };
    assert!(of(1, &[1]).is_ok() && of(2, &[1, 2]).is_ok());
    assert!(of(0, &[1]).is_err() && of(3, &[1, 2]).is_err() && of(1, &[1, 1]).is_err() && of(1, &[]).is_err());
    assert!(of(1, &(1..=MOST_VAULTS + 1).collect::<Vec<_>>()).is_err());
    let shown = format!("{:?}", of(2, &[1, 5]).expect("a set"));
    assert!(shown.contains("vault:5") && !shown.contains("lantern"), "{shown}");
}

#[tokio::test]
async fn a_passphrase_of_a_set_is_read_when_it_is_needed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ops");
    let vault = PassphraseVault::member(SecretSource::File(path.clone()), CHEAP);
    let error = vault.prepare().await.expect_err("missing");
    assert!(is_out_of_reach(&error) && error.message().contains("ops"), "{error}");
    std::fs::write(&path, "short\n").expect("written");
    assert!(vault.prepare().await.expect_err("too short").message().contains("12 characters"));
    std::fs::write(&path, "long enough to keep\n").expect("written");
    vault.prepare().await.expect("ready");
    let sealed = vault.seal(b"l", b"secret").await.expect("seals");
    let by_env = SecretSource::Env { name: "OPS".to_owned(), value: Some(Secret::new("long enough to keep")) };
    let other = PassphraseVault::member(by_env, CHEAP);
    assert_eq!(other.open(b"l", &sealed).await.expect("opens")[..], b"secret"[..]);
}
