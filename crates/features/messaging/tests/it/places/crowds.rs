//! Pages of members among very many people: in the order of handles, each once, however large the place is.

use super::rows;
use crate::world::World;
use plexichat_messaging::MemberQuery;
use plexichat_model::{ChannelId, UserId, channel::ChannelKind};
use plexichat_testkit::engines;

/// Every page with this prefix, joined.
async fn members(world: &World, channel: ChannelId, q: &str, limit: usize) -> Vec<String> {
    let (mut handles, mut after) = (Vec::new(), None);
    loop {
        let query = MemberQuery { q: Some(q.to_owned()), after, limit: Some(limit) };
        let page = world.messaging().list_channel_members(&world.owner.caller, channel, &query).await.expect("a page");
        assert!(page.next.is_none() || page.items.len() == limit, "a page is full unless it is the last");
        handles.extend(page.items.into_iter().map(|item| item.user.handle));
        after = page.next;
        if after.is_none() {
            return handles;
        }
    }
}

engines! {
    async fn members_are_in_the_order_of_their_handles(db: TestDb) {
        let world = World::new(&db).await;
        let room = async |name: &str| world.channel(&world.owner, ChannelKind::Public, name, &[]).await.channel.id;
        let (few, many) = (room("few").await, room("many").await);
        // More than are asked for in one statement, and more than are read whole.
        let crowd = rows::ids(3_000);
        rows::people(&world, &crowd).await;
        let some: Vec<i64> = crowd.iter().copied().step_by(100).collect();
        let most: Vec<i64> = crowd.iter().copied().filter(|id| id % 5 != 0).collect();
        rows::members(&world, few, &some).await;
        rows::members(&world, many, &most).await;
        for (channel, members_of) in [(few, &some), (many, &most)] {
            let mut all: Vec<String> = members_of.iter().map(|id| format!("p{id}")).collect();
            all.push("olga".to_owned());
            all.sort_unstable();
            assert_eq!(members(&world, channel, "", 200).await, all);
            for (prefix, begins) in [("@P10010", "p10010"), ("person 10010", "p10010"), ("person 1", "p1"), ("ol", "olga"), ("x", "x")] {
                let expected: Vec<&String> = all.iter().filter(|handle| handle.starts_with(begins)).collect();
                assert_eq!(members(&world, channel, prefix, 150).await.iter().collect::<Vec<_>>(), expected, "{prefix}");
            }
        }
        let stranger = MemberQuery { q: None, after: Some(UserId(3).to_string()), limit: Some(5) };
        let page = world.messaging().list_channel_members(&world.owner.caller, many, &stranger).await.expect("a page");
        assert!(page.items.is_empty() && page.next.is_none(), "behind somebody who does not exist is nobody");
    }
}
