//! `SeaORM` entities, one file a table: plain rows, no behaviour, no relations.
//!
//! Times are integer milliseconds since 1970 UTC (`_ms`); `version` columns hold versions of the journal named
//! in the table's migration. Enumerations are small integers whose codes stand in `plexichat-model`.

pub mod acme_account;
pub mod acme_challenge;
pub mod audit_checkpoint;
pub mod audit_entry;
pub mod audit_log;
pub mod audit_pending;
pub mod audit_subject;
pub mod audit_telemetry;
pub mod audit_tile;
pub mod certificate;
pub mod channel;
pub mod channel_member;
pub mod channel_override;
pub mod consumer;
pub mod gate;
pub mod idempotency_key;
pub mod instance;
pub mod invitation;
pub mod job;
pub mod journal;
pub mod key_generation;
pub mod key_node;
pub mod key_task;
pub mod lease;
pub mod login_attempt;
pub mod mention;
pub mod message;
pub mod node;
pub mod node_invitation;
pub mod one_time_code;
pub mod outbox;
pub mod reaction;
pub mod read_cursor;
pub mod recovery_kit;
pub mod root_seal;
pub mod sealed_table;
pub mod sealing_key;
pub mod session;
pub mod thread;
pub mod user;
pub mod workspace;
pub mod workspace_member;
