//! From a request to typed values: who asks, what they sent. Everything is refused with a code and a place.

pub(crate) mod caller;
pub(crate) mod cookie;
pub(crate) mod device;
pub(crate) mod idempotency;
pub(crate) mod if_match;
pub(crate) mod json;
pub(crate) mod path;
pub(crate) mod query;

pub(crate) use caller::{Anybody, Signed};
pub(crate) use device::Device;
pub(crate) use if_match::IfMatch;
pub(crate) use json::Json;
pub(crate) use path::Path;
pub(crate) use query::Query;
