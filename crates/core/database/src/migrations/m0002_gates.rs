//! 0002: the gates that commits pass before they rely on an access version (MariaDB and MySQL; elsewhere it stays empty).

use crate::schema::{Column as C, Step, Storage, TableSpec};

const GATES: TableSpec = TableSpec { name: "gates", columns: &[C::small("id")], key: &["id"], storage: Storage::Plain };

/// The steps in order.
pub(super) fn steps() -> Vec<Step> {
    vec![Step::Table(&GATES)]
}
