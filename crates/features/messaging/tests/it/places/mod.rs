//! Set-up, invitations, workspaces, channels, conversations, overrides, the snapshot.

mod channels;
mod conversations;
mod events;
mod invitations;
mod overrides;
mod setup;
mod sync;
mod workspaces;
