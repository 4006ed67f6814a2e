//! Names of rows: sealed, found, opened, sealed anew.

use crate::vaults::{node, open, passphrase};
use plexichat_database::{DbResultExt as _, Sql, Tx, entity::channel};
use plexichat_kernel::{Clock, Result};
use plexichat_keys::{Keys, names::NameSealer};
use plexichat_model::WorkspaceId;
use plexichat_testkit::{TestDb, engines};
use sea_orm::{ConnectionTrait as _, EntityTrait, IntoActiveModel as _};

const ACME: WorkspaceId = WorkspaceId(3);

pub(crate) fn row(id: i64, name: &str, topic: &str) -> channel::Model {
    channel::Model {
        id,
        workspace_id: Some(ACME.0),
        kind: 0,
        name: name.to_owned(),
        name_folded: Some(name.to_lowercase()),
        topic: topic.to_owned(),
        archived: false,
        conversation_key: None,
        created_by: 1,
        created_ms: 1,
        version: 1,
        list_version: 1,
        overrides_version: 0,
        sealed: None,
    }
}

async fn insert(tx: &Tx, row: channel::Model) -> Result<()> {
    channel::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.db().map(drop)
}

async fn keys(db: &TestDb) -> Keys {
    open(&node(db, 1, Clock::system()).await, &passphrase("lantern drifts over ice")).await.expect("opens")
}

async fn write(db: &TestDb, sealer: &NameSealer, row: channel::Model) -> Result<()> {
    let journal = node(db, 1, Clock::system()).await;
    let (sealer, row) = (sealer.clone(), row);
    let write = journal.write(move |tx| {
        let (sealer, row) = (sealer.clone(), row.clone());
        Box::pin(async move { insert(tx, sealer.seal(tx, row).await?).await })
    });
    write.await
}

async fn stored(db: &TestDb) -> Vec<channel::Model> {
    channel::Entity::find().all(db.db().reader()).await.expect("reads")
}

engines! {
    /// What is written says nothing, what is read says everything, and a taken name is taken.
    async fn names_are_sealed_and_unique(db: TestDb) {
        let keys = keys(&db).await;
        let sealer = keys.name_sealer(Some(ACME)).await.expect("a key");
        write(&db, &sealer, row(7, "Lantern", "over ice")).await.expect("written");
        let closed = stored(&db).await;
        assert_eq!((closed[0].name.as_str(), closed[0].topic.as_str()), ("", ""));
        let index = keys.blind_index().await.expect("a key").of("channels", "name_folded", ACME.0, "lantern").expect("stands for it");
        assert_eq!((index.len(), closed[0].name_folded.as_deref()), (64, Some(index.as_str())));
        assert_ne!(keys.blind_index().await.expect("a key").of("channels", "name_folded", 4, "lantern").expect("stands for it"), index);

        assert_eq!(keys.open_names(closed.clone()).await.expect("opens"), [row(7, "Lantern", "over ice")]);
        let fresh = self::keys(&db).await;
        assert_eq!(fresh.open_name(closed.first().cloned()).await.expect("opens"), Some(row(7, "Lantern", "over ice")));
        let taken = write(&db, &fresh.name_sealer(Some(ACME)).await.expect("a key"), row(8, "LANTERN", "")).await;
        let violated = plexichat_database::driver_error(&taken.expect_err("taken")).and_then(plexichat_database::violation);
        assert!(violated.is_some_and(|violated| violated.is("ux_channels_name", "channels.name_folded")));

        let closed = closed.into_iter().next().expect("a row");
        let error = write(&db, &sealer, closed.clone()).await.expect_err("it was not opened");
        assert!(error.cause().unwrap_or_default().contains("not opened"), "{error:?}");
        let moved = channel::Model { id: 9, ..closed };
        let error = keys.open_names(vec![moved]).await.expect_err("it is bound to its row");
        assert!(error.cause().unwrap_or_default().contains("another row"), "{error:?}");
    }

    /// What an earlier version stored open is sealed once, also when it was cut short.
    async fn what_is_open_is_sealed_once(db: TestDb) {
        let keys = keys(&db).await;
        let journal = node(&db, 1, Clock::system()).await;
        for id in 1..=450 {
            let name = if id % 100 == 0 { String::new() } else { format!("Room {id}") };
            let row = channel::Model { name_folded: (!name.is_empty()).then(|| name.to_lowercase()), ..row(id, &name, "") };
            journal.write(move |tx| Box::pin(insert(tx, row.clone()))).await.expect("written");
        }
        // The instance's row too.
        assert_eq!(keys.seal_open_names().await.expect("seals"), 446 + 1);
        assert_eq!(keys.seal_open_names().await.expect("seals"), 0);
        let closed = stored(&db).await;
        assert!(closed.iter().all(|row| row.name.is_empty() && row.sealed.is_some() == (row.id % 100 != 0)));
        let opened = keys.open_names(closed).await.expect("opens");
        assert!(opened.iter().filter(|row| row.id % 100 != 0).all(|row| row.name == format!("Room {}", row.id)));
        // Cut short before it was noted: gone through again, to no effect.
        let conn = db.db().maintenance().clone();
        conn.execute_raw(Sql::new(db.engine(), "delete from sealed_tables").build()).await.expect("deleted");
        assert_eq!(self::keys(&db).await.seal_open_names().await.expect("seals"), 0);
    }
}
