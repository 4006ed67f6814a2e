//! Bodies in the database: sealed, each in its own place, also those of a version that sealed nothing.

use super::world::World;
use plexichat_database::entity::{message, sealing_key};
use plexichat_kernel::Caller;
use plexichat_messaging::{Messaging, PageAt};
use plexichat_model::{ChannelId, ErrorCode, channel::ChannelKind, permission::Role};
use plexichat_testkit::{TestDb, engines};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};

async fn rows(db: &TestDb, channel: ChannelId) -> Vec<message::Model> {
    let find = message::Entity::find().filter(message::Column::ChannelId.eq(channel.get())).order_by_asc(message::Column::Number);
    find.all(db.db().reader()).await.expect("reads")
}

async fn put(db: &TestDb, id: i64, body: Vec<u8>) {
    let put = message::Entity::update_many().col_expr(message::Column::Body, Expr::value(body));
    put.filter(message::Column::Id.eq(id)).exec(db.db().maintenance()).await.expect("written");
}

/// A handle that remembers nothing of what the node has shown.
async fn anew(world: &World) -> Messaging {
    Messaging::new(world.journal.clone(), world.auth.clone(), crate::world::keys(&world.journal).await)
}

async fn texts(messaging: &Messaging, who: &Caller, channel: ChannelId) -> Vec<String> {
    let page = messaging.list_messages(who, channel, PageAt::After(0), Some(200)).await.expect("a page");
    page.messages.into_iter().map(|message| message.text).collect()
}

engines! {
    /// Nothing of a text stands in its row; a row that was changed, or holds the body of another, is refused, not shown.
    async fn a_body_opens_in_its_own_row_alone(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let first = world.send(&people[0], channel, "the first secret").await;
        let second = world.send(&people[1], channel, "the second secret").await;
        world.edit(&people[1], &second, "the third secret").await.expect("edited");
        let stored = rows(&world.test_db, channel).await;
        for row in &stored {
            assert!(!row.body.windows(6).any(|part| part == b"secret"), "it stands open");
        }
        assert_eq!(texts(&anew(&world).await, &people[0], channel).await, ["the first secret", "the third secret"]);

        put(&world.test_db, second.id.get(), stored[0].body.clone()).await;
        let error = anew(&world).await.get_message(&people[0], channel, second.id).await.expect_err("refused");
        assert_eq!(error.code(), ErrorCode::Internal);
        let mut flipped = stored[0].body.clone();
        *flipped.last_mut().expect("bytes") ^= 1;
        put(&world.test_db, first.id.get(), flipped).await;
        anew(&world).await.get_message(&people[0], channel, first.id).await.expect_err("refused");
        // An open body in the place of a sealed one is not taken for what somebody wrote.
        put(&world.test_db, first.id.get(), b"\0{\"t\":\"forged\"}".to_vec()).await;
        anew(&world).await.get_message(&people[0], channel, first.id).await.expect_err("refused");
    }

    /// Rows of a version without keys are sealed once, before anything is served.
    async fn what_was_stored_open_is_sealed_at_the_first_start(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let direct = world.conversation(&people).await;
        for number in 0..300 {
            world.send(&people[0], channel, &format!("in the room {number}")).await;
        }
        world.send(&people[0], direct, "between us").await;
        let gone = world.send(&people[0], direct, "gone").await;
        world.delete(&people[0], &gone).await.expect("deleted");
        let before = texts(&anew(&world).await, &people[1], channel).await;
        world.messaging.seal_what_is_open().await.expect("nothing to do");

        // As it was: open rows, and a root key beside which they may be.
        for (at, row) in rows(&world.test_db, channel).await.into_iter().enumerate() {
            put(&world.test_db, row.id, format!("\0{{\"t\":\"in the room {at}\"}}").into_bytes()).await;
        }
        let between = rows(&world.test_db, direct).await[0].id;
        put(&world.test_db, between, b"\0{\"t\":\"between us\"}".to_vec()).await;
        let state = sealing_key::Entity::update_many().col_expr(sealing_key::Column::State, Expr::value(1_i16));
        state.filter(sealing_key::Column::Kind.eq(0_i16)).exec(world.test_db.db().maintenance()).await.expect("written");

        let upgraded = anew(&world).await;
        assert_eq!(upgraded.seal_what_is_open().await.expect("seals"), 301);
        assert_eq!(upgraded.seal_what_is_open().await.expect("seals"), 0);
        assert_eq!(anew(&world).await.seal_what_is_open().await.expect("seals"), 0, "it is remembered that it was done");
        assert_eq!(texts(&anew(&world).await, &people[1], channel).await, before);
        assert_eq!(texts(&anew(&world).await, &people[1], direct).await, ["between us", ""]);
        let stored = [rows(&world.test_db, channel).await, rows(&world.test_db, direct).await].concat();
        assert!(stored.iter().all(|row| row.deleted || row.body[0] == 1), "a body stands open");
    }
}
