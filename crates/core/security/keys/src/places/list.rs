//! The list itself, in the order of the migrations.
//!
//! Each table stands here once, with every column, and with a word of why for whatever stands open. A migration that adds a
//! column adds it here. Not here: what the words mean.

use super::{Kept, Place};

/// Every table.
pub const PLACES: &[Place] = &[
    Place {
        table: "instance",
        numbers: &["id", "set_up", "created_ms", "version"],
        columns: &[
            ("name", Kept::Empty),
            ("journal_epoch", Kept::Open("a random word; clients compare it")),
            ("sealed", Kept::Sealed("the names key of the instance")),
        ],
    },
    Place {
        table: "nodes",
        numbers: &["node", "fence", "level", "started_ms", "lease_until_ms"],
        columns: &[("holder", Kept::Open("a random word")), ("address", Kept::Open("where a node is; nobody's content"))],
    },
    Place {
        table: "leases",
        numbers: &["fence", "until_ms"],
        columns: &[("name", Kept::Open("what is leased, a word of the program")), ("holder", Kept::Open("a random word"))],
    },
    Place {
        table: "journals",
        numbers: &["kind", "id", "version", "number", "main_number", "first_number", "access_version", "resume_floor"],
        columns: &[],
    },
    Place {
        table: "outbox",
        numbers: &["stream", "position", "created_ms"],
        columns: &[("payload", Kept::Open("which journals changed, and their versions"))],
    },
    Place {
        table: "consumers",
        numbers: &["stream", "position", "state", "updated_ms"],
        columns: &[("consumer", Kept::Open("a word of the program"))],
    },
    Place {
        table: "jobs",
        numbers: &["id", "state", "attempts", "max_attempts", "run_at_ms", "lease_until_ms", "created_ms"],
        columns: &[
            ("kind", Kept::Open("a word of the program")),
            ("payload", Kept::Open("ids only")),
            ("leased_by", Kept::Open("a random word")),
            ("dedup_key", Kept::Open("ids only")),
            ("last_error", Kept::Open("what the program says of an attempt that failed")),
        ],
    },
    Place {
        table: "idempotency_keys",
        numbers: &["user_id", "status", "created_ms"],
        columns: &[
            ("operation", Kept::Hash("method and path pattern of a request")),
            ("idempotency_key", Kept::Open("a word of the client, which should be random")),
            ("request_hash", Kept::BlindIndex("the request")),
            ("response", Kept::Sealed("a key of the instance; 24 hours")),
        ],
    },
    Place {
        table: "users",
        numbers: &["id", "kind", "status", "instance_role", "created_ms", "version", "account_version"],
        columns: &[
            ("handle", Kept::Open("to be sealed: people")),
            ("handle_folded", Kept::Open("to be sealed: people")),
            ("display_name", Kept::Open("to be sealed: people")),
            ("display_folded", Kept::Open("to be sealed: people")),
            ("email", Kept::Open("to be sealed: people")),
            ("email_folded", Kept::Open("to be sealed: people")),
            ("password_hash", Kept::Hash("the password (Argon2id)")),
        ],
    },
    Place {
        table: "sessions",
        numbers: &[
            "id",
            "user_id",
            "transport",
            "created_ms",
            "last_seen_ms",
            "expires_ms",
            "absolute_ms",
            "revoked_ms",
            "version",
        ],
        columns: &[("token_hash", Kept::Hash("the token, which is random")), ("device_name", Kept::Open("to be sealed: people"))],
    },
    Place {
        table: "one_time_codes",
        numbers: &["purpose", "user_id", "created_ms", "expires_ms", "used_ms"],
        columns: &[("code_hash", Kept::Hash("the code, which is random"))],
    },
    Place {
        table: "login_attempts",
        numbers: &["failures", "first_ms", "blocked_until_ms"],
        columns: &[(
            "attempt_key",
            Kept::Hash(
                "handle or address tried and network, without a key: whoever has the database can try guesses; gone a day after the last attempt",
            ),
        )],
    },
    Place {
        table: "workspaces",
        numbers: &["id", "default_channel_id", "created_by", "created_ms", "version"],
        columns: &[
            ("name", Kept::Empty),
            ("description", Kept::Empty),
            ("sealed", Kept::Sealed("the names key of the workspace")),
        ],
    },
    Place {
        table: "workspace_members",
        numbers: &["workspace_id", "user_id", "role", "joined_ms", "removed", "version", "user_version"],
        columns: &[],
    },
    Place {
        table: "invitations",
        numbers: &["id", "workspace_id", "role", "created_by", "created_ms", "expires_ms", "max_uses", "uses", "revoked"],
        columns: &[("code_hash", Kept::Hash("the code, which is random")), ("channel_ids", Kept::Open("ids only"))],
    },
    Place {
        table: "channels",
        numbers: &[
            "id",
            "workspace_id",
            "kind",
            "archived",
            "created_by",
            "created_ms",
            "version",
            "list_version",
            "overrides_version",
        ],
        columns: &[
            ("name", Kept::Empty),
            ("name_folded", Kept::BlindIndex("the folded name, in its workspace: unique")),
            ("topic", Kept::Empty),
            ("conversation_key", Kept::Hash("the ids of the people in a conversation: unique")),
            ("sealed", Kept::Sealed("the names key of the workspace")),
        ],
    },
    Place {
        table: "channel_members",
        numbers: &["channel_id", "user_id", "joined_ms", "joined_number", "removed", "version", "notify", "user_version"],
        columns: &[],
    },
    Place {
        table: "channel_overrides",
        numbers: &["channel_id", "target_kind", "target_id", "allow_bits", "deny_bits"],
        columns: &[],
    },
    Place {
        table: "read_cursors",
        numbers: &["user_id", "channel_id", "thread_id", "last_read_number", "version"],
        columns: &[],
    },
    Place {
        table: "messages",
        numbers: &[
            "id",
            "channel_id",
            "number",
            "version",
            "author_id",
            "nonce",
            "thread_id",
            "kind",
            "flags",
            "created_ms",
            "edited_ms",
            "deleted",
        ],
        columns: &[("body", Kept::Sealed("the key of the channel and month"))],
    },
    Place {
        table: "threads",
        numbers: &["root_id", "channel_id", "reply_count", "last_number", "last_reply_ms", "version"],
        columns: &[("title", Kept::Empty), ("participants", Kept::Open("ids only"))],
    },
    Place {
        table: "reactions",
        numbers: &["message_id", "user_id", "channel_id", "number", "created_ms", "removed", "version"],
        columns: &[("emoji", Kept::Open("counted and kept unique by the database; one emoji, no text"))],
    },
    Place { table: "mentions", numbers: &["channel_id", "number", "kind", "target_id", "message_id", "author_id"], columns: &[] },
    Place { table: "gates", numbers: &["id"], columns: &[] },
    Place {
        table: "root_seals",
        numbers: &["version", "created_ms"],
        columns: &[
            ("vault", Kept::Open("kind and place of the vault, without secrets")),
            ("sealed", Kept::Sealed("the vault, or the key of a node that joined")),
        ],
    },
    Place {
        table: "sealing_keys",
        numbers: &["id", "kind", "scope_id", "period", "version", "parent_id", "state", "created_ms"],
        columns: &[("sealed", Kept::Sealed("the key above it"))],
    },
    Place {
        table: "certificates",
        numbers: &["not_after_ms", "renew_at_ms", "failures", "updated_ms"],
        columns: &[
            ("id", Kept::Open("a word of the program")),
            ("names", Kept::Open("domain names, which certificates make public")),
            ("chain", Kept::Open("certificates are public")),
            ("private_key", Kept::Sealed("a key of the instance")),
            ("last_error", Kept::Open("what an authority said of its refusal")),
        ],
    },
    Place {
        table: "acme_accounts",
        numbers: &["created_ms"],
        columns: &[
            ("id", Kept::Open("a word of the program")),
            ("directory", Kept::Open("the address of an authority")),
            ("credentials", Kept::Sealed("a key of the instance")),
        ],
    },
    Place {
        table: "acme_challenges",
        numbers: &["expires_ms"],
        columns: &[
            ("id", Kept::Open("a random word that the authority asks for in public")),
            ("answer", Kept::Open("what the authority is answered in public")),
        ],
    },
    Place {
        table: "audit_pending",
        numbers: &["id"],
        columns: &[(
            "body",
            Kept::Open(
                "ids and words of the program; what it says of people and names is sealed within it, by the key of whom it is about",
            ),
        )],
    },
    Place {
        table: "audit_entries",
        numbers: &["number", "time_ms", "actor_id", "target_id", "workspace_id"],
        columns: &[
            ("action", Kept::Open("a word of the program")),
            ("target_kind", Kept::Open("a word of the program")),
            ("body", Kept::Open("as in audit_pending")),
        ],
    },
    Place { table: "audit_tiles", numbers: &["level", "idx"], columns: &[("hashes", Kept::Hash("entries"))] },
    Place {
        table: "audit_checkpoints",
        numbers: &["size", "time_ms"],
        columns: &[("note", Kept::Open("a signed size and hash, to be handed out"))],
    },
    Place {
        table: "audit_log",
        numbers: &["id", "size", "dropped"],
        columns: &[
            ("origin", Kept::Open("a name of the log, to be handed out")),
            ("public_key", Kept::Open("a public key")),
            ("sealed_seed", Kept::Sealed("a key of the instance")),
        ],
    },
    Place {
        table: "audit_subjects",
        numbers: &["subject_id", "created_ms", "erased_ms"],
        columns: &[("wrapped_key", Kept::Sealed("a key of the instance"))],
    },
    Place {
        table: "audit_telemetry",
        numbers: &["minute_ms", "node", "count"],
        columns: &[("kind", Kept::Open("a word of the program")), ("source", Kept::Open("a network, to count attempts from it"))],
    },
    Place {
        table: "recovery_kits",
        numbers: &["id", "form", "needed", "total", "root_version", "created_ms", "proven_ms"],
        columns: &[
            ("recipient", Kept::Open("a public key")),
            ("share_set", Kept::Open("what checks shares and says nothing of them")),
            ("envelope", Kept::Sealed("the kit")),
            ("tag", Kept::Hash("the row, under the root key")),
        ],
    },
    Place {
        table: "key_tasks",
        numbers: &[
            "id",
            "kind",
            "level",
            "scope_id",
            "workspace_id",
            "period",
            "state",
            "asked_by",
            "asked_ms",
            "due_ms",
            "approved_by",
            "since_ms",
            "at_scope",
            "at_number",
            "done",
            "total",
        ],
        columns: &[],
    },
    Place {
        table: "node_invitations",
        numbers: &["id", "created_by", "created_ms", "expires_ms", "used_by"],
        columns: &[("lookup", Kept::Hash("a random token")), ("sealed", Kept::Sealed("a key of the instance"))],
    },
    Place {
        table: "key_nodes",
        numbers: &["id", "invitation_id", "state", "reason", "created_ms", "joined_ms"],
        columns: &[
            ("name", Kept::Hash("the public key")),
            ("recipient", Kept::Open("a public key")),
            ("proof", Kept::Sealed("a key made of a one-time token")),
            ("secret", Kept::Sealed("a key of the instance")),
        ],
    },
    Place { table: "key_generations", numbers: &["id", "generation"], columns: &[] },
    Place { table: "sealed_tables", numbers: &["sealed_ms"], columns: &[("table_name", Kept::Open("a word of the program"))] },
];
