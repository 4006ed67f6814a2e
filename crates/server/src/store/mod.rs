//! The little the server itself keeps in the database: answers by idempotency key, and counts for the status page.

pub(crate) mod counts;
pub(crate) mod idempotency;
