//! One method per operation of the API, named by its operation id.
//!
//! A file a subject; each method is the request and nothing else. What is refused comes back as
//! [`ClientError`](crate::ClientError) with the server's code.

mod audit;
mod auth;
mod certificates;
mod channels;
mod invitations;
mod key_nodes;
mod key_tasks;
mod keys;
mod messages;
mod sync;
mod system;
mod users;
mod workspaces;

pub use audit::AuditQuery;
pub use users::CreatedUser;
