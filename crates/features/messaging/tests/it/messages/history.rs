//! Pages around any number.

use super::world::World;
use plexichat_messaging::PageAt;
use plexichat_model::{ErrorCode, channel::ChannelKind, message::MessageView, permission::Role};
use plexichat_testkit::engines;

engines! {
    /// Every page equals what a list in memory says, over tombstones and replies.
    async fn pages_equal_a_list(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "talk", ChannelKind::Public, &people).await;
        let mut main: Vec<MessageView> = Vec::new();
        // A long thread in between makes the main timeline sparse.
        for n in 0..70_i64 {
            let who = &people[usize::from(n % 2 == 0)];
            if (20..50).contains(&n) && n != 33 {
                world.reply(who, channel, main[3].id, "reply").await;
            } else {
                main.push(world.send(who, channel, &format!("m{n}")).await);
            }
        }
        for n in [0, 7, 8, 39, 40] {
            world.delete(&people[0], &main[n]).await.expect("deleted");
        }
        let all: Vec<i64> = main.iter().map(|m| m.number).collect();
        let check = |at: PageAt, limit: usize, expected: Vec<i64>| {
            let (world, people, all) = (&world, &people, &all);
            async move {
                let page = world.page(&people[1], channel, at, limit).await;
                let found: Vec<i64> = page.messages.iter().map(|m| m.number).collect();
                assert_eq!(found, expected, "{at:?} of {limit}");
                if let (Some(first), Some(last)) = (found.first(), found.last()) {
                    assert_eq!(page.more_before, all[0] < *first, "{at:?} of {limit}");
                    assert_eq!(page.more_after, all[all.len() - 1] > *last, "{at:?} of {limit}");
                }
            }
        };
        for limit in [1, 2, 7, 200] {
            let tail = |list: Vec<i64>| list[list.len().saturating_sub(limit)..].to_vec();
            check(PageAt::Newest, limit, tail(all.clone())).await;
            for number in (0..=72).step_by(if limit == 7 { 1 } else { 9 }) {
                let (below, above): (Vec<i64>, Vec<i64>) = all.iter().partition(|n| **n < number);
                let above_strictly: Vec<i64> = all.iter().copied().filter(|n| *n > number).take(limit).collect();
                check(PageAt::Before(number), limit, tail(below.clone())).await;
                check(PageAt::After(number), limit, above_strictly).await;
                let mut around = below[below.len().saturating_sub(limit / 2)..].to_vec();
                around.extend(above.into_iter().take(limit - limit / 2));
                check(PageAt::Around(number), limit, around).await;
            }
        }
        let wrong = world.messaging.list_messages(&people[1], channel, PageAt::Newest, Some(201)).await;
        assert_eq!(wrong.expect_err("too many").code(), ErrorCode::InvalidQuery);
    }

    /// An empty channel has an empty page; a stranger has none.
    async fn empty_and_forbidden_pages(db: TestDb) {
        let world = World::new(db).await;
        let (workspace, people) = world.workspace(&[("ada", Role::Member)]).await;
        let channel = world.channel(workspace, "secret", ChannelKind::Private, &people[..1]).await;
        let page = world.page(&people[0], channel, PageAt::Around(5), 10).await;
        assert!(page.messages.is_empty() && !page.more_before && !page.more_after && page.users.is_empty());
        let refused = world.messaging.list_messages(&people[1], channel, PageAt::Newest, None).await;
        assert_eq!(refused.expect_err("hidden").code(), ErrorCode::NotFound);
        let sent = world.send(&people[0], channel, "hidden").await;
        assert_eq!(world.messaging.get_message(&people[1], channel, sent.id).await.expect_err("hidden").code(), ErrorCode::NotFound);
    }
}
