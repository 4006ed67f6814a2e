//! TLS of the server's own: which protocol is spoken, with which certificate, and who looks after it.
//!
//! | module | for | after |
//! |---|---|---|
//! | [`protocol`] | versions, suites and groups | RFC 8446, RFC 9325, draft-ietf-tls-ecdhe-mlkem |
//! | [`pair`] | a certificate chain with its key, checked | RFC 5280 |
//! | [`current`] | the pair that new handshakes get | |
//! | [`accept`] | handshakes of the server | RFC 7301, RFC 8737 |
//! | [`files`] | a pair in two files, followed | |
//! | [`acme`] | a pair ordered and renewed, for all nodes | RFC 8555, RFC 8737 |
//! | [`overview`] | what there is | |
//!
//! A connection keeps the certificate it was made with; a new pair is for new handshakes, so nothing is dropped
//! when one is renewed. Private keys are never printed. Not here: sockets, limits and deadlines (`server`).

pub mod accept;
pub mod acme;
pub mod current;
pub mod files;
pub mod overview;
pub mod pair;
pub mod protocol;
mod store;
mod vault;

pub use accept::{Answers, Secured, Tls, group};
pub use acme::{Acme, AcmeOptions};
pub use current::Current;
pub use files::FilesWorker;
pub use overview::Overview;
pub use pair::Pair;
pub use plexichat_sealing::{Key, KeyId};
pub use vault::Vault;
