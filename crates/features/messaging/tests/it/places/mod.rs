//! Set-up, invitations, workspaces, channels, conversations, overrides, the snapshot.

mod channels;
mod conversations;
mod crowds;
mod events;
mod invitations;
mod limits;
mod overrides;
mod rows;
mod setup;
mod sync;
mod workspaces;
