//! Accounts: names, patches, administration.

use crate::world::{Create, PASSWORD, World};
use plexichat_auth::accounts::AccountQuery;
use plexichat_kernel::Result;
use plexichat_model::{
    ErrorCode, Event, UserId,
    auth::NewAccount,
    page::AccountPage,
    permission::InstanceRole,
    user::{AccountPatch, AccountStatus, NewUser, UserPatch},
};
use plexichat_testkit::engines;

fn code<T>(result: Result<T>) -> Option<ErrorCode> {
    result.err().map(|error| error.code())
}

fn account(handle: &str, email: Option<&str>) -> NewAccount {
    NewAccount {
        handle: handle.to_owned(),
        display_name: "Somebody".to_owned(),
        password: PASSWORD.to_owned(),
        email: email.map(str::to_owned),
    }
}

engines! {
    async fn handles_and_addresses_are_unique_without_regard_to_case(db: TestDb) {
        let world = World::new(&db).await;
        let alice = world.person("Alice").await;
        assert_eq!(world.auth.me(&alice.caller).await.expect("hers").user.handle, "alice");
        let taken = world.auth.prepare_account(&account("ALICE", None)).await.expect_err("taken");
        assert_eq!((taken.code(), taken.field()), (ErrorCode::NameTaken, Some("handle")));
        let taken = world.auth.prepare_account(&account("other", Some("ALICE@example.org"))).await.expect_err("taken");
        assert_eq!((taken.code(), taken.field()), (ErrorCode::NameTaken, Some("email")));
        // Both pass the check, the index decides.
        let (one, two) = (account("twin", None), account("twin", None));
        let (one, two) = (world.auth.prepare_account(&one).await.expect("free"), world.auth.prepare_account(&two).await.expect("free"));
        world.journal.commit(Create(one)).await.expect("first");
        let taken = world.journal.commit(Create(two)).await.expect_err("second");
        assert_eq!((taken.code(), taken.field()), (ErrorCode::NameTaken, Some("handle")));
        assert_eq!(code(world.auth.prepare_account(&account("x", None)).await), Some(ErrorCode::Invalid));
        let weak = NewAccount { password: "password1234".to_owned(), ..account("weak", None) };
        assert_eq!(code(world.auth.prepare_account(&weak).await), Some(ErrorCode::PasswordTooWeak));
    }

    async fn ones_own_profile(db: TestDb) {
        let world = World::new(&db).await;
        let (alice, _bob) = (world.person("alice").await, world.person("bob").await);
        let before = world.auth.me(&alice.caller).await.expect("hers");
        let mut heard = world.journal.bus().subscribe();
        let patch = AccountPatch { display_name: Some("  Ada  Lovelace ".to_owned()), handle: Some("ada".to_owned()), email: Some(String::new()) };
        let after = world.auth.update_me(&alice.caller, patch, Some(before.user.version)).await.expect("changes");
        assert_eq!((after.user.display_name.as_str(), after.user.handle.as_str(), after.email), ("Ada Lovelace", "ada", None));
        assert!(after.user.version > before.user.version);
        let Some(plexichat_events::Signal::Committed(published)) = heard.recv().await else { panic!("nothing was published") };
        assert!(published.events.iter().any(|e| matches!(&e.event, Event::UserUpdated { user } if user.handle == "ada")));
        assert!(published.events.iter().any(|e| matches!(&e.event, Event::AccountUpdated {})));

        let rename = |handle: &str| AccountPatch { handle: Some(handle.to_owned()), ..AccountPatch::default() };
        assert_eq!(code(world.auth.update_me(&alice.caller, rename("bob"), None).await), Some(ErrorCode::NameTaken));
        assert_eq!(code(world.auth.update_me(&alice.caller, rename("z"), Some(before.user.version)).await), Some(ErrorCode::Invalid));
        let stale = world.auth.update_me(&alice.caller, rename("zed"), Some(before.user.version)).await;
        let stale = stale.expect_err("refused");
        assert_eq!((stale.code(), &stale.details().expect("facts")["version"]), (ErrorCode::VersionMismatch, &after.user.version.into()));
        let own = world.auth.update_me(&alice.caller, rename("ADA"), None).await.expect("one's own name is free");
        let changed = world.auth.profiles_changed(before.user.version, own.user.version).await.expect("reads");
        assert_eq!(changed.last().map(|user| user.id), Some(alice.id));
        assert!(world.login("ada", PASSWORD).await.is_ok());
        assert_eq!(code(world.login("alice", PASSWORD).await), Some(ErrorCode::InvalidCredentials));
    }

    async fn administration_of_accounts(db: TestDb) {
        let world = World::new(&db).await;
        let owner = world.person_with("owner", InstanceRole::Owner).await;
        let admin = world.person_with("admina", InstanceRole::Admin).await;
        let bob = world.person("bob").await;
        let role = |role| UserPatch { status: None, instance_role: Some(role) };
        let status = |status| UserPatch { status: Some(status), instance_role: None };
        let update = async |by: &crate::world::Person, id, patch| world.auth.update_user(&by.caller, id, patch, None).await;

        assert_eq!(code(update(&bob, admin.id, role(InstanceRole::Member)).await), Some(ErrorCode::MissingPermission));
        assert_eq!(code(update(&admin, owner.id, status(AccountStatus::Suspended)).await), Some(ErrorCode::Forbidden));
        assert_eq!(code(update(&admin, bob.id, role(InstanceRole::Owner)).await), Some(ErrorCode::Forbidden));
        assert_eq!(code(world.auth.create_password_link(&admin.caller, owner.id).await), Some(ErrorCode::Forbidden));
        let named = NewUser { handle: "sly".to_owned(), display_name: "Sly".to_owned(), email: None, instance_role: Some(InstanceRole::Owner) };
        assert_eq!(code(world.auth.create_user(&admin.caller, named).await), Some(ErrorCode::Forbidden));
        assert_eq!(code(update(&owner, owner.id, role(InstanceRole::Admin)).await), Some(ErrorCode::LastOwner));
        assert_eq!(code(update(&owner, owner.id, status(AccountStatus::Deactivated)).await), Some(ErrorCode::LastOwner));
        assert_eq!(code(update(&owner, plexichat_kernel::caller::SYSTEM_ACCOUNT, role(InstanceRole::Admin)).await), Some(ErrorCode::Forbidden));

        update(&owner, bob.id, role(InstanceRole::Owner)).await.expect("names another owner");
        update(&bob, owner.id, role(InstanceRole::Member)).await.expect("the new owner demotes the old one");
        assert_eq!(code(update(&owner, bob.id, role(InstanceRole::Member)).await), Some(ErrorCode::MissingPermission));
        assert_eq!(code(update(&bob, bob.id, role(InstanceRole::Member)).await), Some(ErrorCode::LastOwner));

        let opened = world.login("admina", PASSWORD).await.expect("signs in");
        let user = update(&bob, admin.id, status(AccountStatus::Suspended)).await.expect("suspends");
        assert_eq!(user.status, AccountStatus::Suspended);
        assert_eq!(code(world.auth.authenticate(&opened.token).await), Some(ErrorCode::SessionExpired));
        assert_eq!(code(world.auth.authenticate(&admin.token).await), Some(ErrorCode::SessionExpired));
        assert_eq!(code(world.login("admina", PASSWORD).await), Some(ErrorCode::AccountSuspended));
        assert_eq!(code(world.login("admina", "wrong password").await), Some(ErrorCode::InvalidCredentials));
        update(&bob, admin.id, status(AccountStatus::Active)).await.expect("restores");
        assert!(world.login("admina", PASSWORD).await.is_ok());
    }

    async fn administrators_see_every_account(db: TestDb) {
        let world = World::new(&db).await;
        let owner = world.person_with("owner", InstanceRole::Owner).await;
        let (bob, anna) = (world.person("bob").await, world.person("anna").await);
        let list = async |query| world.auth.list_accounts(&owner.caller, &query).await;
        let all = |limit| AccountQuery { limit, ..AccountQuery::default() };
        let ids = |page: &AccountPage| page.items.iter().map(|account| account.user.id).collect::<Vec<_>>();

        let first = list(all(Some(2))).await.expect("lists");
        assert_eq!(ids(&first), [owner.id, bob.id]);
        let after = first.next.as_deref().map(|next| next.parse().expect("an id"));
        let second = list(AccountQuery { after, ..all(Some(2)) }).await.expect("lists");
        assert_eq!((ids(&second), second.next), (vec![anna.id], None));
        assert_eq!(ids(&list(AccountQuery { q: Some("@AN".to_owned()), ..all(None) }).await.expect("lists")), [anna.id]);

        let away = UserPatch { status: Some(AccountStatus::Suspended), instance_role: None };
        world.auth.update_user(&owner.caller, bob.id, away, None).await.expect("suspends");
        let suspended = AccountQuery { status: Some(AccountStatus::Suspended), ..all(None) };
        assert_eq!(ids(&list(suspended).await.expect("lists")), [bob.id]);
        let account = world.auth.get_account(&owner.caller, bob.id).await.expect("seen");
        assert_eq!((account.user.status, account.instance_role), (AccountStatus::Suspended, InstanceRole::Member));

        for limit in [0, 201] {
            assert_eq!(code(list(all(Some(limit))).await), Some(ErrorCode::InvalidQuery));
        }
        assert_eq!(code(world.auth.list_accounts(&anna.caller, &all(None)).await), Some(ErrorCode::MissingPermission));
        assert_eq!(code(world.auth.get_account(&anna.caller, anna.id).await), Some(ErrorCode::MissingPermission));
        assert_eq!(code(world.auth.get_account(&owner.caller, UserId(99)).await), Some(ErrorCode::NotFound));
    }

    async fn the_server_itself_administers_from_the_command_line(db: TestDb) {
        let world = World::new(&db).await;
        let system = plexichat_kernel::Caller::system("plexichat user create");
        let user = NewUser {
            handle: "root".to_owned(),
            display_name: "Root".to_owned(),
            email: None,
            instance_role: Some(InstanceRole::Owner),
        };
        let (root, link) = world.auth.create_user(&system, user).await.expect("creates an owner");
        let again = world.auth.create_password_link(&system, root.id).await.expect("makes another link");
        assert_ne!(link.code, again.code);
        let reset = plexichat_model::auth::PasswordReset { code: again.code, password: PASSWORD.to_owned() };
        world.auth.reset_password(&crate::world::anonymous(), reset).await.expect("chooses");
        let opened = world.login("root", PASSWORD).await.expect("signs in");
        assert_eq!(opened.signed_in.account.instance_role, InstanceRole::Owner);
        let suspend = UserPatch { status: Some(AccountStatus::Suspended), instance_role: None };
        assert_eq!(code(world.auth.update_user(&system, root.id, suspend, None).await), Some(ErrorCode::LastOwner));
        let access = world.auth.admin(&system).await.expect("the system");
        world.auth.revoke_all_sessions(&system, &access, root.id).await.expect("ends");
        assert_eq!(code(world.auth.authenticate(&opened.token).await), Some(ErrorCode::SessionExpired));
    }

    async fn two_owners_who_demote_each_other_at_once_leave_one(db: TestDb) {
        let world = World::new(&db).await;
        let one = world.person_with("one", InstanceRole::Owner).await;
        let two = world.person_with("two", InstanceRole::Owner).await;
        let demote = UserPatch { status: None, instance_role: Some(InstanceRole::Member) };
        let (first, second) = tokio::join!(
            world.auth.update_user(&one.caller, two.id, demote.clone(), None),
            world.auth.update_user(&two.caller, one.id, demote, None),
        );
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    }
}
