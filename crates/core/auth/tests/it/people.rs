//! Names of people and of their devices: sealed where they lie, found all the same.

use crate::world::{PASSWORD, World, anonymous};
use plexichat_auth::{NewSession, accounts::AccountQuery};
use plexichat_database::entity::{session, user};
use plexichat_kernel::Result;
use plexichat_keys::names::NameSealer;
use plexichat_model::{ErrorCode, UserId, auth::NewAccount, permission::InstanceRole, user::AccountPatch};
use plexichat_testkit::engines;
use sea_orm::{EntityTrait, IntoActiveModel, QueryOrder};

async fn rows(db: &plexichat_testkit::TestDb) -> Vec<user::Model> {
    user::Entity::find().order_by_asc(user::Column::Id).all(db.db().reader()).await.expect("reads")
}

/// As a version before sealing wrote it.
fn open_row(id: i64, version: i64) -> user::Model {
    user::Model {
        id,
        handle: format!("old{id}"),
        handle_folded: format!("old{id}"),
        display_name: format!("Old {id}"),
        display_folded: format!("old {id}"),
        email: Some(format!("Old{id}@example.org")),
        email_folded: Some(format!("old{id}@example.org")),
        kind: 0,
        status: 0,
        instance_role: 2,
        password_hash: None,
        created_ms: 1,
        version,
        account_version: 1,
        sealed: None,
    }
}

async fn write(world: &World, sealer: Option<NameSealer>, rows: Vec<user::Model>) {
    let written = world.journal.write(move |tx| {
        let (sealer, rows) = (sealer.clone(), rows.clone());
        Box::pin(async move {
            let mut models = Vec::new();
            for row in rows {
                let row = match &sealer {
                    Some(sealer) => sealer.seal(tx, row).await?,
                    None => row,
                };
                models.push(row.into_active_model());
            }
            user::Entity::insert_many(models)
                .exec_without_returning(tx)
                .await
                .map(drop)
                .map_err(plexichat_kernel::Error::internal)
        })
    });
    written.await.expect("rows are written");
}

fn handles(found: Result<plexichat_model::page::UserPage>) -> Vec<String> {
    found.expect("answers").items.into_iter().map(|user| user.handle).collect()
}

engines! {
    async fn no_name_stands_open_in_a_row(db: TestDb) {
        let world = World::new(&db).await;
        let ada = world.person("ada").await;
        let patch = AccountPatch { handle: Some("Lovelace".to_owned()), display_name: Some("Ada L.".to_owned()), email: None };
        world.auth.update_me(&ada.caller, patch, None).await.expect("changes");
        for row in rows(&db).await {
            assert!(row.handle.is_empty() && row.display_name.is_empty() && row.display_folded.is_empty() && row.email.is_none());
            assert!(row.handle_folded.len() == 64 && row.email_folded.is_none_or(|index| index.len() == 64), "indexes");
            assert!(row.sealed.is_some_and(|sealed| sealed.len() > 100));
        }
        let account = world.auth.me(&ada.caller).await.expect("hers");
        assert_eq!((account.user.handle.as_str(), account.user.display_name.as_str()), ("lovelace", "Ada L."));
        assert_eq!(account.email.as_deref(), Some("ada@example.org"), "what was not changed stays");
        let named = NewSession { device_name: Some("Ada's phone".to_owned()), ..NewSession::default() };
        let opened = world.auth.open_session(&anonymous(), ada.id, named).await.expect("opens");
        assert_eq!(opened.signed_in.session.device_name, "Ada's phone");
        let listed = world.auth.sessions(&ada.caller).await.expect("hers").items;
        assert!(listed.iter().any(|session| session.device_name == "Ada's phone"), "{listed:?}");
        let stored = session::Entity::find().all(db.db().reader()).await.expect("reads");
        assert!(stored.iter().all(|row| row.device_name.is_empty() && row.sealed.is_some()));
        let caller = world.auth.authenticate(&opened.token).await.expect("valid");
        let anew = world.auth.refresh_session(&caller).await.expect("refreshes");
        assert_eq!((anew.signed_in.session.device_name.as_str(), anew.signed_in.account.user.handle.as_str()), ("Ada's phone", "lovelace"));
    }

    async fn a_taken_name_is_taken_whoever_sealed_it(db: TestDb) {
        let (one, two) = (World::new(&db).await, World::node(db.open_again().await.expect("opens"), 2, crate::world::cheap()).await);
        one.person("ada").await;
        let account = |handle: &str, email: &str| NewAccount {
            handle: handle.to_owned(),
            display_name: "Another".to_owned(),
            password: PASSWORD.to_owned(),
            email: Some(email.to_owned()),
        };
        for (handle, email, field) in [("ADA", "new@example.org", "handle"), ("other", "ADA@Example.org", "email")] {
            let refused = two.auth.prepare_account(&account(handle, email)).await.expect_err("taken");
            assert_eq!((refused.code(), refused.field()), (ErrorCode::NameTaken, Some(field)));
        }
        // Both were free when they were looked up: the database has the last word.
        let first = one.auth.prepare_account(&account("bob", "bob@example.org")).await.expect("free");
        let second = two.auth.prepare_account(&account("Bob", "bobby@example.org")).await.expect("free");
        one.journal.commit(crate::world::Create(first)).await.expect("is first");
        let refused = two.journal.commit(crate::world::Create(second)).await.map(drop).expect_err("is second");
        assert_eq!((refused.code(), refused.field()), (ErrorCode::NameTaken, Some("handle")));
    }

    async fn names_of_an_earlier_version_are_sealed_at_the_start(db: TestDb) {
        let world = World::new(&db).await;
        let root = world.person_with("root", InstanceRole::Owner).await;
        let head = world.journal.head(plexichat_model::JournalKey::INSTANCE).await.expect("reads").expect("there").version;
        // More than a page of them.
        write(&world, None, (1_000_000..1_000_250).map(|id| open_row(id, head)).collect()).await;
        assert_eq!(world.keys.seal_open_names().await.expect("seals"), 250 + 1, "with the name of the instance");
        assert!(rows(&db).await.iter().all(|row| row.handle.is_empty() && row.email.is_none() && row.sealed.is_some()));
        let query = AccountQuery { q: Some("OLD10000".to_owned()), limit: Some(200), ..AccountQuery::default() };
        let found = world.auth.list_accounts(&root.caller, &query).await.expect("answers").items;
        assert_eq!(found.len(), 100);
        assert_eq!(found[7].email.as_deref(), Some("Old1000007@example.org"));
        let taken = NewAccount {
            handle: "old1000007".to_owned(),
            display_name: "Me".to_owned(),
            password: PASSWORD.to_owned(),
            email: None,
        };
        assert_eq!(world.auth.prepare_account(&taken).await.expect_err("taken").code(), ErrorCode::NameTaken);
        assert_eq!(world.keys.seal_open_names().await.expect("seals"), 0);
    }

    async fn a_new_name_is_found_on_every_node_at_once(db: TestDb) {
        let (one, two) = (World::new(&db).await, World::node(db.open_again().await.expect("opens"), 2, crate::world::cheap()).await);
        let root = one.person_with("root", InstanceRole::Owner).await;
        let ada = one.person("ada").await;
        let find = async |prefix: &str| handles(two.auth.find_users(&ada.caller, prefix, None, 50).await);
        assert_eq!(find("a").await, ["ada"]);
        let patch = AccountPatch { handle: Some("zoe".to_owned()), display_name: Some("Zoë Q.".to_owned()), email: None };
        one.auth.update_me(&ada.caller, patch, None).await.expect("changes");
        assert_eq!((find("ada").await, find("the ada").await), (vec![], vec![]), "not by the old names");
        assert_eq!((find("zo").await, find("ZOË q").await), (vec!["zoe".to_owned()], vec!["zoe".to_owned()]));
        assert!(two.login("zoe", PASSWORD).await.is_ok() && two.login("ada", PASSWORD).await.is_err());
        let indexes = one.auth.handle_indexes(&["zoe".to_owned()]).await.expect("keys are there");
        assert_eq!(indexes, two.auth.handle_indexes(&["zoe".to_owned()]).await.expect("keys are there"));
        let query = AccountQuery { q: Some("zo".to_owned()), ..AccountQuery::default() };
        let found = two.auth.list_accounts(&root.caller, &query).await.expect("answers").items;
        assert_eq!(found.iter().map(|account| account.user.id).collect::<Vec<_>>(), [ada.id]);
    }
}

/// What a search costs among many: run by hand, `--run-ignored all --no-capture`.
#[tokio::test]
#[ignore = "takes a minute, and answers figures rather than a verdict"]
async fn fifty_thousand_people() {
    const PEOPLE: i64 = 50_000;
    let db = plexichat_testkit::TestDb::new(plexichat_testkit::Engine::Sqlite).await.expect("a database");
    let world = World::new(&db).await;
    let root = world.person_with("root", InstanceRole::Owner).await;
    let head = world.journal.head(plexichat_model::JournalKey::INSTANCE).await.expect("reads").expect("there").version;
    let sealer = world.keys.name_sealer(None).await.expect("a key");
    for first in (0..PEOPLE).step_by(500) {
        let row = |id: i64| {
            let (handle, name) = (format!("{:05x}-{id}", (id * 7_919) % 0xf_ffff), format!("person {:05}", (id * 31) % PEOPLE));
            let (handle_folded, display_folded) = (handle.clone(), name.clone());
            user::Model { handle, handle_folded, display_name: name, display_folded, ..open_row(1_000_000 + id, head + id) }
        };
        write(&world, Some(sealer.clone()), (first..first + 500).map(row).collect()).await;
    }
    let timed = async |what: &str, times: u32, query: AccountQuery| {
        let begun = tokio::time::Instant::now();
        let mut found = 0;
        for _ in 0..times {
            found = world.auth.list_accounts(&root.caller, &query).await.expect("answers").items.len();
        }
        println!("{what}: {:?} each, {found} found", begun.elapsed() / times);
    };
    let asked = |prefix: &str| AccountQuery { q: Some(prefix.to_owned()), ..AccountQuery::default() };
    timed("the first search, which reads everybody", 1, asked("person 001")).await;
    timed("no prefix", 50, AccountQuery::default()).await;
    timed("few match", 50, asked("person 001")).await;
    timed("5,000 match", 50, asked("person 0")).await;
    timed("all match", 50, asked("person")).await;
    let directory = world.auth.directory().await.expect("is there");
    for (what, prefix) in [("few match", "person 001"), ("5,000 match", "person 0"), ("all match", "person"), ("no prefix", "")] {
        let begun = tokio::time::Instant::now();
        for _ in 0..100 {
            std::hint::black_box(directory.by_handle(prefix, Some(UserId(root.id.0)), 501));
        }
        println!("in memory alone, in the order of handles, {what}: {:?} each", begun.elapsed() / 100);
    }
}
