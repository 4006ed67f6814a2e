//! 0006: recovery kits, as far as a server may know them: whom the root key is sealed for, and never what opens it.

use crate::schema::{Column as C, Step, Storage, TableSpec};

const KITS: TableSpec = TableSpec {
    name: "recovery_kits",
    columns: &[
        C::big("id"),
        // 0: 24 words, 1: shares.
        C::small("form"),
        // How many shares open it, and how many there are; 1 and 1 for words.
        C::small("needed"),
        C::small("total"),
        // The public key of the kit.
        C::bytes_of("recipient", 1_536),
        // What tells right shares from wrong ones; public as well.
        C::blob("share_set").null(),
        // Which root key is in the envelope.
        C::int("root_version"),
        C::bytes_of("envelope", 2_048),
        // Says under the root key that this row is the server's own.
        C::bytes_of("tag", 32),
        C::big("created_ms"),
        C::big("proven_ms").null(),
    ],
    key: &["id"],
    storage: Storage::Plain,
};

/// The steps in order.
pub(super) fn steps() -> Vec<Step> {
    vec![Step::Table(&KITS)]
}
