//! What opens the root key, and what does not.

use plexichat_events::{Journal, JournalOptions};
use plexichat_kernel::{Clock, Error, IdGenerator, Result, config::Secret};
use plexichat_keys::{
    Keys,
    vault::{FileVault, KeyVault, PassphraseCost, PassphraseVault},
};
use plexichat_testkit::{TestDb, engines};
use std::{path::Path, sync::Arc};

pub(crate) const CHEAP: PassphraseCost = PassphraseCost { memory_kib: 8, iterations: 1, parallelism: 1 };

pub(crate) fn passphrase(text: &str) -> PassphraseVault {
    PassphraseVault::new(Secret::new(text), CHEAP)
}

/// A node on this database.
pub(crate) async fn node(db: &TestDb, number: u16, clock: Clock) -> Journal {
    let ids = IdGenerator::fixed(clock.clone(), number).expect("a node number");
    let open = if number == 1 { db.db().clone() } else { db.open_again().await.expect("opens") };
    Journal::start(open, clock, ids, JournalOptions::default()).await.expect("starts")
}

/// The keys that this vault opens.
pub(crate) async fn open(journal: &Journal, vault: &(impl KeyVault + Clone + 'static)) -> Result<Keys> {
    Keys::open(journal.clone(), Arc::new(vault.clone())).await
}

async fn refused(journal: &Journal, vault: &(impl KeyVault + Clone + 'static)) -> Error {
    open(journal, vault).await.expect_err("it is refused")
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).expect("exists").permissions().mode() & 0o777
}

engines! {
    /// The first start makes key file and root key; later ones open them, and never make others.
    async fn a_key_file_is_made_once(db: TestDb) {
        let journal = node(&db, 1, Clock::system()).await;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys/vault.key");
        let vault = FileVault::new(&path);
        let keys = open(&journal, &vault).await.expect("the first start");
        assert_eq!(keys.status().version, 1);
        assert_eq!((mode(&path), mode(path.parent().expect("a folder"))), (0o600, 0o700));
        let text = std::fs::read(&path).expect("reads");
        open(&journal, &vault).await.expect("the second start");
        assert_eq!(std::fs::read(&path).expect("reads"), text, "the file is left alone");

        // Lost: nothing is made beside what is sealed.
        std::fs::rename(&path, folder.path().join("away")).expect("moves");
        let error = refused(&journal, &vault).await;
        assert!(error.message().contains("missing") && error.message().contains("keys.file"), "{error}");
        assert!(!path.exists(), "no key is made beside sealed data");

        // Of another instance.
        FileVault::new(&path).prepare().await.expect("another file");
        let error = refused(&journal, &vault).await;
        assert!(error.message().contains("belongs to another database"), "{error}");

        // Damaged.
        std::fs::write(&path, "plexichat-vault-1 c2hvcnQ\n").expect("writes");
        assert!(refused(&journal, &vault).await.message().contains("damaged"));
        std::fs::write(&path, "# nothing else\n").expect("writes");
        assert!(refused(&journal, &vault).await.message().contains("holds no key"));

        // Back.
        std::fs::rename(folder.path().join("away"), &path).expect("moves");
        open(&journal, &vault).await.expect("opens again");
    }

    /// Who else can read it has everything.
    async fn a_key_file_that_others_can_read_is_refused(db: TestDb) {
        use std::os::unix::fs::PermissionsExt as _;
        let shared = std::fs::Permissions::from_mode(0o640);
        let journal = node(&db, 1, Clock::system()).await;
        let folder = tempfile::tempdir().expect("a folder");
        let vault = FileVault::new(folder.path().join("vault.key"));
        open(&journal, &vault).await.expect("the first start");
        std::fs::set_permissions(folder.path().join("vault.key"), shared).expect("set");
        let error = refused(&journal, &vault).await;
        assert!(error.message().contains("chmod 600"), "{error}");
    }

    /// The right passphrase, the wrong one, one too short to begin with.
    async fn a_passphrase_opens_what_it_sealed(db: TestDb) {
        let journal = node(&db, 1, Clock::system()).await;
        let error = refused(&journal, &passphrase("short")).await;
        assert!(error.message().contains("12 characters"), "{error}");
        open(&journal, &passphrase("lantern drifts over ice")).await.expect("the first start");
        open(&journal, &passphrase("lantern drifts over ice")).await.expect("the second");
        let error = refused(&journal, &passphrase("lantern drifts over oil")).await;
        assert!(error.message().contains("wrong one"), "{error}");
        let folder = tempfile::tempdir().expect("a folder");
        let error = refused(&journal, &FileVault::new(folder.path().join("vault.key"))).await;
        assert!(error.message().contains("kept by the vault `passphrase`"), "{error}");
        assert!(!folder.path().join("vault.key").exists());
    }
}
