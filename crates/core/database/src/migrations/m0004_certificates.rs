//! 0004: certificates that every node of a cluster has, and what it takes to get them. Secrets are sealed.

use crate::schema::{Column as C, Step, Storage, TableSpec};

const TABLES: &[TableSpec] = &[
    TableSpec {
        name: "certificates",
        columns: &[
            C::text_of("id", 64),
            C::text("names"),
            C::blob("chain").null(),
            C::blob("private_key").null(),
            C::big("not_after_ms"),
            C::big("renew_at_ms"),
            C::int("failures"),
            C::text("last_error").null(),
            C::big("updated_ms"),
        ],
        key: &["id"],
        storage: Storage::Plain,
    },
    TableSpec {
        name: "acme_accounts",
        columns: &[C::text_of("id", 64), C::text("directory"), C::blob("credentials"), C::big("created_ms")],
        key: &["id"],
        storage: Storage::Plain,
    },
    TableSpec {
        name: "acme_challenges",
        columns: &[C::text_of("id", 255), C::blob("answer"), C::big("expires_ms")],
        key: &["id"],
        storage: Storage::Plain,
    },
];

/// The steps in order.
pub(super) fn steps() -> Vec<Step> {
    TABLES.iter().map(Step::Table).collect()
}
