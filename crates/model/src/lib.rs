//! The shared words of PlexiChat: ids, requests and views, events, frames, error codes, permissions.
//!
//! What stands here is what travels: the REST bodies, the gateway frames, the journal events. It is data
//! only (serde and schema), so that the server, the Rust SDK, the benchmark and the code generator agree by
//! construction. Rules (who may, what is valid) live in `core` and `features`; bounds that the wire shows
//! are named in [`limits`].
//!
//! Conventions: 64-bit ids are strings in JSON; times are RFC 3339 UTC strings with milliseconds; enums are
//! open for readers (an unknown event is skipped, its version is kept).

pub mod audit;
pub mod auth;
pub mod certificates;
pub mod channel;
pub mod error;
pub mod event;
pub mod gateway;
pub mod id;
pub mod key_nodes;
pub mod key_tasks;
pub mod keys;
pub mod limits;
pub mod message;
pub mod page;
pub mod permission;
pub mod sync;
pub mod system;
pub mod time;
pub mod user;
pub mod workspace;

pub use error::{ErrorCode, ErrorKind, Problem};
pub use event::{Event, JournalEvent, JournalKey, JournalKind};
pub use id::{
    ChannelId, InvitationId, JobId, KeyNodeId, KeyTaskId, MessageId, NodeInvitationId, RecoveryKitId, SessionId, UserId,
    WorkspaceId,
};
pub use message::Nonce;
pub use permission::{Permission, Permissions};
pub use time::Timestamp;
