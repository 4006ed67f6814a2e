//! 0003: the keys that seal what the other tables hold. None of them stands here open.

use crate::schema::{Column as C, IndexSpec, Step, Storage, TableSpec};

const TABLES: &[TableSpec] = &[
    // The root key, sealed by each vault.
    TableSpec {
        name: "root_seals",
        columns: &[C::int("version"), C::text_of("vault", 64), C::blob("sealed"), C::big("created_ms")],
        key: &["version", "vault"],
        storage: Storage::Plain,
    },
    // Keys below the root, each sealed by its parent; of the root a known text, which proves that a key is the right one.
    TableSpec {
        name: "sealing_keys",
        columns: &[
            C::big("id"),
            C::small("kind"),
            C::big("scope_id"),
            C::int("period"),
            C::int("version"),
            C::big("parent_id"),
            C::small("state"),
            C::blob("sealed"),
            C::big("created_ms"),
        ],
        key: &["id"],
        storage: Storage::Plain,
    },
];

const KEY: IndexSpec = IndexSpec::unique("ux_sealing_keys_scope", "sealing_keys", &["kind", "scope_id", "period", "version"]);
const PARENT: IndexSpec = IndexSpec::plain("ix_sealing_keys_parent", "sealing_keys", &["parent_id"]);

/// The steps in order.
pub(super) fn steps() -> Vec<Step> {
    TABLES.iter().map(Step::Table).chain([Step::Index(&KEY), Step::Index(&PARENT)]).collect()
}
