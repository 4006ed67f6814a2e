//! 0005: the audit log.
//!
//! Acts write into `audit_pending`; the sequencer moves what is there to `audit_entries` under consecutive numbers from 0
//! and keeps the leaf hashes, and the hashes above them, in `audit_tiles`: what remains when a body is dropped.

use crate::schema::{Column as C, IndexSpec, Step, Storage, TableSpec};

const PENDING: TableSpec =
    TableSpec { name: "audit_pending", columns: &[C::big("id"), C::text("body")], key: &["id"], storage: Storage::Plain };

const ENTRIES: TableSpec = TableSpec {
    name: "audit_entries",
    columns: &[
        C::big("number"),
        C::big("time_ms"),
        C::text_of("action", 64),
        // 0: nobody was signed in.
        C::big("actor_id"),
        C::text_of("target_kind", 32),
        C::big("target_id"),
        C::big("workspace_id"),
        // Absent when retention has dropped it.
        C::text("body").null(),
    ],
    key: &["number"],
    storage: Storage::Plain,
};

const TILES: TableSpec = TableSpec {
    name: "audit_tiles",
    columns: &[C::small("level"), C::big("idx"), C::bytes_of("hashes", 8_192)],
    key: &["level", "idx"],
    storage: Storage::Plain,
};

const CHECKPOINTS: TableSpec = TableSpec {
    name: "audit_checkpoints",
    columns: &[C::big("size"), C::big("time_ms"), C::text("note")],
    key: &["size"],
    storage: Storage::Plain,
};

const LOG: TableSpec = TableSpec {
    name: "audit_log",
    columns: &[
        C::big("id"),
        C::text_of("origin", 128),
        C::bytes_of("public_key", 2_048),
        C::bytes_of("sealed_seed", 128),
        C::big("size"),
        C::big("dropped"),
    ],
    key: &["id"],
    storage: Storage::Plain,
};

const SUBJECTS: TableSpec = TableSpec {
    name: "audit_subjects",
    columns: &[C::big("subject_id"), C::bytes_of("wrapped_key", 128), C::big("created_ms"), C::big("erased_ms").null()],
    key: &["subject_id"],
    storage: Storage::Plain,
};

const TELEMETRY: TableSpec = TableSpec {
    name: "audit_telemetry",
    columns: &[C::big("minute_ms"), C::text_of("kind", 48), C::text_of("source", 64), C::big("node"), C::big("count")],
    key: &["minute_ms", "kind", "source", "node"],
    storage: Storage::Plain,
};

const BY_TIME: IndexSpec = IndexSpec::plain("ix_audit_entries_time_ms", "audit_entries", &["time_ms", "number"]);
const BY_ACTION: IndexSpec = IndexSpec::plain("ix_audit_entries_action", "audit_entries", &["action", "number"]);
const BY_ACTOR: IndexSpec = IndexSpec::plain("ix_audit_entries_actor_id", "audit_entries", &["actor_id", "number"]);
const BY_TARGET: IndexSpec = IndexSpec::plain("ix_audit_entries_target_id", "audit_entries", &["target_id", "number"]);

/// The steps in order.
pub(super) fn steps() -> Vec<Step> {
    let tables = [&PENDING, &ENTRIES, &TILES, &CHECKPOINTS, &LOG, &SUBJECTS, &TELEMETRY];
    let indexes = [&BY_TIME, &BY_ACTION, &BY_ACTOR, &BY_TARGET];
    tables.into_iter().map(Step::Table).chain(indexes.into_iter().map(Step::Index)).collect()
}
