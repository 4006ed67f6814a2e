//! Keys below the root.

use crate::vaults::{node, passphrase};
use plexichat_database::entity::{root_seal, sealing_key};
use plexichat_kernel::Clock;
use plexichat_keys::Keys;
use plexichat_model::{ChannelId, WorkspaceId};
use plexichat_sealing::Context;
use plexichat_testkit::{TestDb, engines};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use std::time::Duration;

const PLACE: Context<'static> = Context::row("messages", "body", 7);
const ACME: WorkspaceId = WorkspaceId(3);

async fn open(db: &TestDb, number: u16, clock: Clock) -> Keys {
    let journal = node(db, number, clock).await;
    crate::vaults::open(&journal, &passphrase("lantern drifts over ice")).await.expect("opens")
}

engines! {
    /// What one node sealed another opens, also after a month; a new month has a new key.
    async fn keys_are_of_a_channel_and_a_month(db: TestDb) {
        let clock = Clock::adjustable();
        let keys = open(&db, 1, clock.clone()).await;
        let first = keys.of_channel(Some(ACME), ChannelId(1)).await.expect("a key");
        let again = keys.of_channel(Some(ACME), ChannelId(1)).await.expect("a key");
        let other = keys.of_channel(Some(ACME), ChannelId(2)).await.expect("a key");
        let conversation = keys.of_channel(None, ChannelId(4)).await.expect("a key");
        assert_eq!(first.id(), again.id());
        assert!(first.id() != other.id() && other.id() != conversation.id());
        let sealed = first.seal(&PLACE, b"secret").expect("seals");
        clock.step(i64::try_from(Duration::from_hours(24 * 32).as_millis()).expect("fits"));
        let next = keys.of_channel(Some(ACME), ChannelId(1)).await.expect("a key");
        assert_ne!(first.id(), next.id());

        let fresh = open(&db, 1, clock).await;
        let loaded = fresh.load(&[first.id(), conversation.id(), first.id()]).await.expect("all exist");
        assert_eq!(loaded[0].open(&PLACE, &sealed).expect("opens")[..], *b"secret");
        assert_eq!(loaded[1].id(), conversation.id());
        assert!(loaded[0].open(&Context::row("messages", "body", 8), &sealed).is_err(), "it is bound to its row");
        assert!(loaded[1].open(&PLACE, &sealed).is_err(), "it is bound to its key");
        // From memory from then on: the rows are not looked at again.
        sealing_key::Entity::delete_many().exec(db.db().maintenance()).await.expect("deleted");
        assert_eq!(fresh.load(&[first.id()]).await.expect("remembered")[0].id(), first.id());
    }

    /// Many who need the first key of a channel at once get the same one.
    async fn a_key_is_made_once(db: TestDb) {
        let clock = Clock::system();
        let keys = open(&db, 1, clock).await;
        let asked = (0..16).map(|_| keys.of_channel(Some(ACME), ChannelId(9)));
        let made = futures_util::future::join_all(asked).await;
        let ids: std::collections::BTreeSet<i64> = made.into_iter().map(|key| key.expect("a key").id().get()).collect();
        assert_eq!(ids.len(), 1);
        // The root's proof, the workspace and the channel.
        let rows = sealing_key::Entity::find().all(db.db().reader()).await.expect("reads");
        assert_eq!(rows.len(), 3);
    }

    /// Sealed keys that were changed, moved or left without a root are refused, and nothing is made beside them.
    async fn what_was_tampered_with_is_refused(db: TestDb) {
        let clock = Clock::system();
        let keys = open(&db, 1, clock.clone()).await;
        let one = keys.of_channel(Some(ACME), ChannelId(1)).await.expect("a key").id().get();
        let two = keys.of_channel(Some(ACME), ChannelId(2)).await.expect("a key").id();
        let handle = db.db();
        let conn = handle.maintenance();
        let of = |id: i64| sealing_key::Entity::find_by_id(id);
        let sealed = of(one).one(conn).await.expect("reads").expect("exists").sealed;
        let put = sealing_key::Entity::update_many().col_expr(sealing_key::Column::Sealed, Expr::value(sealed));
        put.filter(sealing_key::Column::Id.eq(two.get())).exec(conn).await.expect("written");
        let fresh = open(&db, 1, clock.clone()).await;
        let error = fresh.load(&[two]).await.expect_err("the key of another row");
        assert!(error.cause().unwrap_or_default().contains("was changed"), "{error:?}");

        root_seal::Entity::delete_many().exec(conn).await.expect("deleted");
        let journal = node(&db, 1, clock).await;
        let error = crate::vaults::open(&journal, &passphrase("lantern drifts over ice")).await.expect_err("refused");
        assert!(error.message().contains("root_seals"), "{error}");
    }
}
