//! `config show`: every key with the value in force and the layer it comes from.

use serde::Serialize;

use super::load::{Loaded, keys};
use super::problem::Origin;

/// A key as it is in force.
#[derive(Clone, Debug, Serialize)]
pub struct EffectiveKey {
    /// `section.key`.
    pub path: &'static str,
    /// The value as TOML; secrets are masked.
    pub value: String,
    /// The layer it comes from.
    pub origin: Origin,
    /// Whether a change takes effect without a restart.
    pub live: bool,
}

/// Every key with its value, where it comes from and whether it is live.
pub fn show(loaded: &Loaded) -> Vec<EffectiveKey> {
    let mut specs = keys().into_iter();
    let key = |(path, value): (&'static str, toml::Value)| EffectiveKey {
        path,
        value: value.to_string(),
        origin: loaded.origins.get(path).cloned().unwrap_or(Origin::Default),
        live: specs.find(|spec| spec.path == path).is_some_and(|spec| spec.live),
    };
    loaded.config.values().into_iter().map(key).collect()
}
