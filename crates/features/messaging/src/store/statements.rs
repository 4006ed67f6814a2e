//! Every raw statement is one that each engine understands.

use super::{cursors, hot, housekeeping, mentions, messages, reactions, threads};
use plexichat_database::Engine;
use plexichat_testkit::engines;
use sea_orm::ConnectionTrait as _;

fn prepare(engine: Engine, text: &str, index: usize) -> String {
    match engine {
        // Compiles the statement, and shows its program without running it.
        Engine::Sqlite => format!("explain {text}"),
        Engine::Postgres => {
            let mut numbered = String::new();
            for (index, part) in text.split('?').enumerate() {
                if index > 0 {
                    numbered.push('$');
                    numbered.push_str(&index.to_string());
                }
                numbered.push_str(part);
            }
            format!("prepare statement_{index} as {numbered}")
        }
        Engine::MariaDb | Engine::MySql => format!("prepare statement_{index} from '{}'", text.replace('\'', "''")),
    }
}

engines! {
    /// Prepares each of them.
    async fn raw_statements_are_understood(db: TestDb) {
        let engine = db.engine();
        let texts = [
            hot::statements(engine),
            messages::statements(),
            threads::statements(),
            reactions::statements(),
            mentions::statements(),
            cursors::statements(),
            housekeeping::statements(),
        ]
        .concat();
        assert!(texts.len() > 30);
        for (index, text) in texts.iter().enumerate() {
            let done = db.db().maintenance().execute_unprepared(&prepare(engine, text, index)).await;
            assert!(done.is_ok(), "{text}: {:?}", done.err());
        }
    }
}
