//! 0010: nodes that joined with a one-time token and open the root key by keys of their own.

use crate::schema::{Column as C, IndexSpec, Step, Storage, TableSpec};

const TABLES: &[TableSpec] = &[
    // Tokens by which one node each may join.
    TableSpec {
        name: "node_invitations",
        columns: &[
            C::big("id"),
            // A hash of the token, by which whoever has it finds the row.
            C::bytes_of("lookup", 32),
            // The token, sealed; empty once it was used.
            C::blob("sealed"),
            C::big("created_by"),
            C::big("created_ms"),
            C::big("expires_ms"),
            // The node that joined by it; 0: none yet.
            C::big("used_by"),
        ],
        key: &["id"],
        storage: Storage::Plain,
    },
    // Nodes that ask to join, were refused, or have joined.
    TableSpec {
        name: "key_nodes",
        columns: &[
            C::big("id"),
            // The name of what is sealed for it in `root_seals`: says which public key it has.
            C::text_of("name", 64),
            // Its public key.
            C::bytes_of("recipient", 1_536),
            C::big("invitation_id"),
            // Made with the token over the row: whoever has none asks in vain.
            C::bytes_of("proof", 256),
            C::small("state"),
            // Why it was refused.
            C::small("reason"),
            // The key under which this server says that a seal for the node is its own; sealed, and bound to the row.
            C::bytes_of("secret", 256).null(),
            C::big("created_ms"),
            C::big("joined_ms").null(),
        ],
        key: &["id"],
        storage: Storage::Plain,
    },
];

const STATE: IndexSpec = IndexSpec::plain("ix_key_nodes_state", "key_nodes", &["state", "id"]);

/// The steps in order.
pub(super) fn steps() -> Vec<Step> {
    TABLES.iter().map(Step::Table).chain([Step::Index(&STATE)]).collect()
}
