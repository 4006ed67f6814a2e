//! 0007: work on keys that takes longer than a moment, and how often keys changed.

use crate::schema::{Column as C, IndexSpec, Step, Storage, TableSpec};

const TABLES: &[TableSpec] = &[
    // Rotations and shreddings; a row stays when its work is done.
    TableSpec {
        name: "key_tasks",
        columns: &[
            C::big("id"),
            C::small("kind"),
            // The key it is about, as in `sealing_keys`; period 0 is every month.
            C::small("level"),
            C::big("scope_id"),
            C::big("workspace_id"),
            C::int("period"),
            C::small("state"),
            C::big("asked_by"),
            C::big("asked_ms"),
            C::big("due_ms"),
            C::big("approved_by"),
            // Since when it is in this state.
            C::big("since_ms"),
            // Where the work stands: a channel, and the number of a message in it.
            C::big("at_scope"),
            C::big("at_number"),
            C::big("done"),
            C::big("total"),
        ],
        key: &["id"],
        storage: Storage::Plain,
    },
    // One row: rises whenever keys change state, so that every node forgets what it remembers of them.
    TableSpec { name: "key_generations", columns: &[C::int("id"), C::big("generation")], key: &["id"], storage: Storage::Plain },
];

const STATE: IndexSpec = IndexSpec::plain("ix_key_tasks_state", "key_tasks", &["state", "id"]);

/// The steps in order.
pub(super) fn steps() -> Vec<Step> {
    TABLES.iter().map(Step::Table).chain([Step::Index(&STATE)]).collect()
}
