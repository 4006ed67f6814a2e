//! The configuration of one node: what is needed before the database is open, and what an operator
//! tunes per machine.
//!
//! Four layers, each above the one before: defaults, the file (`--config`, or `plexichat.toml` in
//! the data directory), variables `PLEXICHAT_SECTION__KEY`, flags. Sections are plain structs, one
//! file each, whose declarations are also the documentation. Reading reports everything that is
//! wrong at once, with the key, the place and the remedy; keys that do not exist are refused.
//! [`ConfigHandle`] reloads the keys marked live. This is also the only home of the environment.

mod address;
mod audit;
mod auth;
mod database;
mod document;
mod effective;
mod environment;
mod file;
mod gateway;
mod handle;
mod keys;
mod layers;
mod limits;
mod load;
mod logging;
mod problem;
mod rate;
mod reload;
mod running;
mod secret;
mod section;
mod server;
mod setting;
mod suggest;
#[cfg(test)]
mod tests;
mod tls;
mod vault_uri;

pub use address::{Network, WebOrigin};
pub use audit::AuditConfig;
pub use auth::AuthConfig;
pub use database::{DatabaseConfig, DatabaseUrl};
pub use document::{generate, reference_markdown};
pub use effective::{EffectiveKey, show};
pub use environment::Environment;
pub use gateway::GatewayConfig;
pub use handle::ConfigHandle;
pub use keys::KeysConfig;
pub use layers::{FILE_NAME, Sources};
pub use limits::LimitsConfig;
pub use load::{Config, Loaded, check, keys};
pub use logging::{LogFilter, LogFormat, LoggingConfig};
pub use problem::{Origin, Problem, Problems};
pub use rate::{Period, Quota, Rate};
pub use reload::ReloadWorker;
pub use running::{NeedsRestart, Running, RunningNote};
pub use secret::Secret;
pub use section::{Changes, KeySpec};
pub use server::ServerConfig;
pub use tls::{AcmeChallenge, HostName, TlsConfig, TlsMode};
pub use vault_uri::{LONGEST_VAULT_NAME, MOST_VAULTS, Pkcs11Place, SecretSource, TransitPlace, VaultPlace, VaultUri, VaultUris};
