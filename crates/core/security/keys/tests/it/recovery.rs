//! Recovery kits: made, proven, replaced, carried over to another root key, and what they recover.

use crate::vaults::{node, open, passphrase};
use plexichat_database::entity::{recovery_kit, root_seal};
use plexichat_events::Journal;
use plexichat_kernel::{Clock, Error};
use plexichat_keys::{
    Keys,
    recovery::{Entered, Form, NewKit, ProvenKit, Secret, overview, recover, seal_root},
    vault::{FileVault, KeyVault as _},
};
use plexichat_model::{ChannelId, ErrorCode};
use plexichat_sealing::{Context, Key};
use plexichat_testkit::engines;
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait, IntoActiveModel as _, TransactionTrait as _};

const PLACE: Context<'static> = Context::row("messages", "body", 7);

async fn write(journal: &Journal, made: &NewKit) {
    let row = made.row.clone();
    let written = journal.write(move |tx| {
        let row = row.clone();
        Box::pin(async move { row.write(tx).await })
    });
    written.await.expect("written");
}

async fn write_proven(journal: &Journal, proven: &ProvenKit) {
    let row = proven.row.clone();
    let written = journal.write(move |tx| {
        let row = row.clone();
        Box::pin(async move { row.write(tx).await })
    });
    written.await.expect("written");
}

async fn made(journal: &Journal, keys: &Keys, form: Form) -> (NewKit, Vec<String>) {
    let kit = keys.new_kit(form).expect("made");
    write(journal, &kit).await;
    let texts = match &kit.secret {
        Secret::Words(words) => vec![words.to_string()],
        Secret::Shares(shares) => shares.iter().map(|share| share.to_string()).collect(),
    };
    (kit, texts)
}

fn entered(text: &str) -> Entered {
    Entered::parse(text).expect("reads")
}

fn refusal(text: &str) -> Error {
    Entered::parse(text).expect_err("refused")
}

engines! {
    /// A kit counts when it was entered again; a new one takes its place only then, and one that waits only itself.
    async fn a_kit_counts_when_it_is_proven(db: TestDb) {
        let clock = Clock::adjustable();
        let journal = node(&db, 1, clock.clone()).await;
        let keys = open(&journal, &passphrase("lantern drifts over ice")).await.expect("opens");
        assert_eq!(keys.kits().await.expect("reads"), plexichat_keys::recovery::Kits::default());
        let error = keys.prove_kit(&entered(&("abandon ".repeat(23) + "art"))).await.expect_err("no kit");
        assert_eq!(error.code(), ErrorCode::Conflict);

        let (first, texts) = made(&journal, &keys, Form::Words).await;
        let kits = keys.kits().await.expect("reads");
        assert_eq!((kits.proven, kits.waiting), (None, Some(first.kit.clone())));
        // Another one before it was proven: the first is forgotten.
        let (second, words) = made(&journal, &keys, Form::Words).await;
        let error = keys.prove_kit(&entered(&texts[0])).await.expect_err("of the kit that was replaced");
        assert!(error.message().contains("another kit"), "{error}");
        clock.step(60_000);
        let proven = keys.prove_kit(&entered(&words[0])).await.expect("proven");
        assert!(proven.kit.proven_ms.is_some_and(|at| at >= proven.kit.created_ms + 60_000), "{:?}", proven.kit);
        assert_eq!(keys.kits().await.expect("reads").proven, None, "nothing is written before it is");
        write_proven(&journal, &proven).await;
        let kits = keys.kits().await.expect("reads");
        assert_eq!((kits.proven.as_ref(), kits.waiting), (Some(&proven.kit), None));
        assert_eq!(proven.kit.id, second.kit.id);

        // A third one beside it, as shares: the second counts until the third is proven.
        let (third, shares) = made(&journal, &keys, Form::shares(2, 3).expect("possible")).await;
        let kits = keys.kits().await.expect("reads");
        assert_eq!((kits.proven.map(|kit| kit.id), kits.waiting.map(|kit| kit.id)), (Some(second.kit.id), Some(third.kit.id)));
        let proven = keys.prove_kit(&entered(&[shares[2].as_str(), "\n", &shares[0]].concat())).await.expect("two of three");
        assert_eq!(proven.not_entered, [2]);
        write_proven(&journal, &proven).await;
        let kits = keys.kits().await.expect("reads");
        assert_eq!((kits.proven.map(|kit| kit.id), kits.waiting), (Some(third.kit.id), None));
        assert_eq!(recovery_kit::Entity::find().all(db.db().reader()).await.expect("reads").len(), 1);
    }

    /// Wrong words and shares are named; nothing that was typed is repeated.
    async fn what_is_wrong_is_named(db: TestDb) {
        let journal = node(&db, 1, Clock::system()).await;
        let keys = open(&journal, &passphrase("lantern drifts over ice")).await.expect("opens");
        let (_, words) = made(&journal, &keys, Form::Words).await;
        let mut typed: Vec<&str> = words[0].split(' ').collect();
        typed[6] = "hunter2x";
        let error = refusal(&typed.join(" "));
        assert!(error.message().contains("word 7") && !error.message().contains("hunter"), "{error}");
        assert!(refusal(&typed[..3].join(" ")).message().contains("24 words are needed and 3"));
        typed[6] = if words[0].starts_with("zoo") { "abandon" } else { "zoo" };
        typed.swap(0, 23);
        let swapped = typed.join(" ");
        match Entered::parse(&swapped) {
            Err(error) => assert!(error.message().contains("do not fit together"), "{error}"),
            // One in 256 has the right checksum by chance, and is of another kit.
            Ok(entered) => assert!(keys.prove_kit(&entered).await.is_err()),
        }

        let (_, shares) = made(&journal, &keys, Form::shares(2, 3).expect("possible")).await;
        let error = keys.prove_kit(&entered(&shares[1])).await.expect_err("one of two");
        assert!(error.message().contains("2 good shares are needed and 1"), "{error}");
        let last = if shares[1].ends_with('q') { 'p' } else { 'q' };
        let mistyped = format!("{}{last}", &shares[1][..shares[1].len() - 1]);
        let error = refusal(&[shares[0].as_str(), &mistyped].concat());
        assert!(error.message().contains("share text 2"), "{error}");
        let elsewhere = Form::shares(2, 3).expect("possible");
        let foreign = keys.new_kit(elsewhere).expect("made, and never written");
        let Secret::Shares(foreign) = &foreign.secret else { panic!("shares") };
        let error = keys.prove_kit(&entered(&[shares[0].as_str(), &foreign[1]].concat())).await.expect_err("of two kits");
        assert!(error.message().contains("another set"), "{error}");
        let error = keys.prove_kit(&entered(&[foreign[0].as_str(), &foreign[1]].concat())).await.expect_err("of another kit");
        assert!(error.message().contains("another kit"), "{error}");
        for (needed, total) in [(1, 3), (3, 2), (2, 17), (0, 0)] {
            assert!(Form::shares(needed, total).is_err(), "{needed} of {total}");
        }
    }

    /// The root key of a lost vault comes back, into a vault of another kind or a new key file; what was sealed opens.
    async fn a_lost_vault_is_recovered(db: TestDb) {
        let clock = Clock::system();
        let journal = node(&db, 1, clock.clone()).await;
        let vault = passphrase("lantern drifts over ice");
        let keys = open(&journal, &vault).await.expect("opens");
        let key = keys.of_channel(None, ChannelId(4)).await.expect("a key");
        let sealed = key.seal(&PLACE, b"secret").expect("seals");
        let (_, words) = made(&journal, &keys, Form::Words).await;
        let proven = keys.prove_kit(&entered(&words[0])).await.expect("proven");
        write_proven(&journal, &proven).await;
        let error = recover(&db.db(), &clock, &vault, &entered(&words[0])).await.expect_err("nothing is lost");
        assert_eq!(error.code(), ErrorCode::Conflict);

        let folder = tempfile::tempdir().expect("a folder");
        let file = FileVault::new(folder.path().join("vault.key"));
        let error = open(&journal, &file).await.expect_err("another vault");
        assert!(error.message().contains("plexichat keys recover"), "{error}");
        let other = keys.new_kit(Form::Words).expect("made, and never written");
        let Secret::Words(other) = &other.secret else { panic!("words") };
        let error = recover(&db.db(), &clock, &file, &entered(other)).await.expect_err("words of another kit");
        assert!(error.message().contains("another kit"), "{error}");
        assert!(!folder.path().join("vault.key").exists(), "no key is made for words that do not fit");
        recover(&db.db(), &clock, &file, &entered(&words[0])).await.expect("recovered");
        let keys = open(&journal, &file).await.expect("opens");
        let loaded = keys.load(&[key.id()]).await.expect("exists");
        assert_eq!(loaded[0].open(&PLACE, &sealed).expect("opens")[..], *b"secret");

        // Also when the seals themselves are gone, and twice, and with a key file of another instance in the place.
        root_seal::Entity::delete_many().exec(db.db().maintenance()).await.expect("deleted");
        std::fs::remove_file(folder.path().join("vault.key")).expect("removed");
        FileVault::new(folder.path().join("vault.key")).prepare().await.expect("another file");
        let error = open(&journal, &file).await.expect_err("no seal");
        assert!(error.message().contains("root_seals") && error.message().contains("keys recover"), "{error}");
        for _ in 0..2 {
            recover(&db.db(), &clock, &file, &entered(&words[0])).await.expect("recovered");
            root_seal::Entity::delete_many().exec(db.db().maintenance()).await.expect("deleted");
        }
        recover(&db.db(), &clock, &file, &entered(&words[0])).await.expect("recovered");
        open(&journal, &file).await.expect("opens");
    }

    /// Shares recover as words do, also when one too many of them is wrong, or their description was changed.
    async fn shares_recover(db: TestDb) {
        let clock = Clock::system();
        let journal = node(&db, 1, clock.clone()).await;
        let keys = open(&journal, &passphrase("lantern drifts over ice")).await.expect("opens");
        let (kit, shares) = made(&journal, &keys, Form::shares(2, 3).expect("possible")).await;
        let lost = passphrase("nobody remembers the old one");
        let two = [shares[0].as_str(), &shares[2]].concat();
        let error = recover(&db.db(), &clock, &lost, &entered(&shares[0])).await.expect_err("one");
        assert!(error.message().contains("2 good shares are needed"), "{error}");
        recover(&db.db(), &clock, &lost, &entered(&two)).await.expect("recovered");
        open(&journal, &lost).await.expect("opens");

        let row = recovery_kit::Entity::find_by_id(kit.kit.id).one(db.db().reader()).await.expect("reads").expect("exists");
        let mut set = row.share_set.clone().expect("described");
        if let Some(last) = set.last_mut() {
            *last ^= 1;
        }
        let mut row = row.into_active_model();
        row.share_set = Set(Some(set));
        row.update(db.db().maintenance()).await.expect("written");
        recover(&db.db(), &clock, &passphrase("and this one was lost as well"), &entered(&two)).await.expect("recovered");
    }

    /// What others wrote into the table is no kit: nothing is ever sealed for it, and it does not count.
    async fn a_recipient_that_was_slipped_in_is_ignored(db: TestDb) {
        let journal = node(&db, 1, Clock::system()).await;
        let vault = passphrase("lantern drifts over ice");
        let keys = open(&journal, &vault).await.expect("opens");
        let (kit, _) = made(&journal, &keys, Form::Words).await;
        let conn = db.db();
        let row = recovery_kit::Entity::find_by_id(kit.kit.id).one(conn.reader()).await.expect("reads").expect("exists");
        // "Proven", by hand.
        let mut forged = row.clone().into_active_model();
        forged.proven_ms = Set(Some(1));
        forged.update(conn.maintenance()).await.expect("written");
        assert_eq!(keys.kits().await.expect("reads"), plexichat_keys::recovery::Kits::default());
        let seen = overview(&conn, &vault).await.expect("reads").expect("a root key");
        assert_eq!(seen.kits, plexichat_keys::recovery::Kits::default());
        // A recipient of somebody else, beside the real one.
        row.clone().into_active_model().reset_all().update(conn.maintenance()).await.expect("back");
        let other = keys.new_kit(Form::Words).expect("made");
        write(&journal, &other).await;
        let foreign = recovery_kit::Model { id: 5, ..row };
        recovery_kit::Entity::insert(foreign.into_active_model()).exec_without_returning(conn.maintenance()).await.expect("written");
        let kits = keys.kits().await.expect("reads");
        assert_eq!(kits.waiting.map(|kit| kit.id), Some(other.kit.id));
    }

    /// A later root key is sealed for the kit without asking for it, and the kit stays proven.
    async fn a_later_root_key_is_sealed_for_the_kit(db: TestDb) {
        let clock = Clock::system();
        let journal = node(&db, 1, clock.clone()).await;
        let vault = passphrase("lantern drifts over ice");
        let keys = open(&journal, &vault).await.expect("opens");
        let (_, words) = made(&journal, &keys, Form::Words).await;
        let proven = keys.prove_kit(&entered(&words[0])).await.expect("proven");
        write_proven(&journal, &proven).await;
        let conn = db.db();
        let before = recovery_kit::Entity::find().one(conn.reader()).await.expect("reads").expect("exists");
        let foreign = recovery_kit::Model { id: 5, ..before.clone() };
        recovery_kit::Entity::insert(foreign.into_active_model()).exec_without_returning(conn.maintenance()).await.expect("written");

        // The root key of this database as a kit gives it, to stand in for the one that runs.
        let opened = plexichat_sealing::Identity::from_seed(plexichat_sealing::words::decode(&words[0]).expect("words"));
        let purpose = |version: i32| format!("recovery kit, root key {version}");
        let (old, _) = plexichat_sealing::envelope::open(&purpose(1), &opened, None, &before.envelope).expect("opens");
        let (old, new) = (Key::try_from(old.as_slice()).expect("a key"), Key::random());
        let tx = conn.maintenance().begin().await.expect("begins");
        seal_root(&tx, &old, 2, &new).await.expect("sealed");
        tx.commit().await.expect("commits");

        let after = recovery_kit::Entity::find().all(conn.reader()).await.expect("reads");
        assert_eq!(after.len(), 1, "what was slipped in is gone");
        assert_eq!((after[0].root_version, after[0].proven_ms), (2, before.proven_ms));
        assert_ne!(after[0].tag, before.tag);
        let (inside, _) = plexichat_sealing::envelope::open(&purpose(2), &opened, None, &after[0].envelope).expect("opens");
        assert_eq!(inside[..], new.expose()[..]);
        // The node that still runs by the old key neither counts nor proves it, and makes no kit of its own.
        let made = keys.new_kit(Form::Words).expect("made");
        root_seal::Entity::insert(root_seal::ActiveModel {
            version: Set(2), vault: Set("passphrase".to_owned()), sealed: Set(Vec::new()), created_ms: Set(1),
        }).exec_without_returning(conn.maintenance()).await.expect("written");
        let row = made.row.clone();
        let refused = journal.write(move |tx| { let row = row.clone(); Box::pin(async move { row.write(tx).await }) }).await;
        assert_eq!(refused.expect_err("the root key is another").code(), ErrorCode::Conflict);
    }
}

#[test]
fn a_sheet_is_read_as_it_was_printed() {
    use std::fmt::Write as _;
    let seed = Key::random();
    let words = plexichat_sealing::words::encode(&seed);
    let mut sheet = "# Recovery kit of Acme, keep it\n#\n".to_owned();
    for (at, word) in words.split(' ').enumerate() {
        write!(sheet, "{:>3} {word:<10}{}", at + 1, if at % 4 == 3 { "\n" } else { "" }).expect("a string takes it");
    }
    let Entered::Words(read) = Entered::parse(&sheet).expect("reads") else { panic!("words") };
    assert_eq!(read, seed);
    let (_, shares) = plexichat_sealing::share::split(&seed, 2, 3).expect("split");
    let sheet = shares
        .iter()
        .fold(String::new(), |sheet, share| sheet + &format!("# Share {}\n{}\n\n", share.index(), &*share.to_text()));
    let Entered::Shares(read) = Entered::parse(&sheet.to_uppercase().replace("# SHARE", "#")).expect("reads") else {
        panic!("shares")
    };
    assert_eq!(read, shares);
    assert!(Entered::parse(&"word ".repeat(10_000)).is_err());
    assert!(Entered::parse(&format!("hello {}", &*shares[0].to_text())).is_err());
    assert!(!format!("{:?}", Entered::parse(&words).expect("reads")).contains(words.split(' ').next().expect("a word")));
}
