//! 0008: names of the instance, of workspaces and of channels, sealed.
//!
//! The columns that held them stay, empty or with a blind index; they go in a later migration that contracts.

use crate::schema::{Column as C, Step, Storage, TableSpec};

/// A row for each table in which no name stands open any more.
const SEALED_TABLES: TableSpec = TableSpec {
    name: "sealed_tables",
    columns: &[C::text_of("table_name", 64), C::big("sealed_ms")],
    key: &["table_name"],
    storage: Storage::Plain,
};

/// The steps in order.
pub(super) fn steps() -> Vec<Step> {
    let sealed = |table| Step::AddColumn(table, C::blob("sealed").null());
    vec![Step::Table(&SEALED_TABLES), sealed("instance"), sealed("workspaces"), sealed("channels")]
}
