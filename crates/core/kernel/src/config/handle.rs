//! The configuration in force, shared by everything that runs.
//!
//! Reading it costs no lock. A reload is all or nothing: with one mistake anywhere the present
//! configuration stays, and [`ConfigHandle::problems`] says why until it is mended.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::layers::Sources;
use super::load::{Config, Loaded, check, source_file};
use super::problem::{Origin, Problems};
use super::section::Changes;

/// The configuration in force. Cheap to clone; clones see the same configuration.
#[derive(Clone)]
pub struct ConfigHandle(Arc<Inner>);

struct Inner {
    /// `None`: comes from nowhere and is never read again.
    sources: Option<Sources>,
    /// Where each key came from at the start.
    origins: BTreeMap<&'static str, Origin>,
    current: ArcSwap<Config>,
    changed: watch::Sender<Arc<Config>>,
    /// One reload at a time; holds what is wrong with the configuration as it stands now.
    reloading: Mutex<Option<Problems>>,
}

impl ConfigHandle {
    /// Shares `loaded`, which came from `sources`.
    pub fn new(sources: Sources, loaded: Loaded) -> Self {
        Self::from_parts(Some(sources), loaded.origins, loaded.config)
    }

    /// Shares `config`, which comes from nowhere: for tests and tools. A reload changes nothing.
    pub fn fixed(config: Config) -> Self {
        Self::from_parts(None, BTreeMap::new(), config)
    }

    fn from_parts(sources: Option<Sources>, origins: BTreeMap<&'static str, Origin>, config: Config) -> Self {
        let config = Arc::new(config);
        Self(Arc::new(Inner {
            sources,
            origins,
            current: ArcSwap::new(config.clone()),
            changed: watch::Sender::new(config),
            reloading: Mutex::new(None),
        }))
    }

    /// The configuration in force now. Hold it for one piece of work, not for longer.
    pub fn current(&self) -> Arc<Config> {
        self.0.current.load_full()
    }

    /// Follows the configuration in force; marked as changed after each reload that applied a key.
    pub fn watch(&self) -> watch::Receiver<Arc<Config>> {
        self.0.changed.subscribe()
    }

    /// Reads all layers again and applies what is live. When anything is wrong, nothing is applied.
    ///
    /// Reads files: call it where blocking is allowed.
    pub fn reload(&self) -> Result<Changes, Problems> {
        let mut problems = self.0.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sources) = &self.0.sources else { return Ok(Changes::default()) };
        match check(sources) {
            Ok(loaded) => {
                *problems = None;
                Ok(self.apply(&loaded.config))
            }
            Err(found) => {
                *problems = Some(found.clone());
                Err(found)
            }
        }
    }

    /// What was wrong at the last reload; `None` when all is well. For health.
    pub fn problems(&self) -> Option<Problems> {
        self.0.reloading.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where a key came from at the start.
    pub(crate) fn origin(&self, path: &str) -> Origin {
        self.0.origins.get(path).cloned().unwrap_or(Origin::Default)
    }

    /// The file that is read, whether or not it exists; `None` when there is nothing to read.
    pub fn file(&self) -> Option<PathBuf> {
        self.0.sources.as_ref().map(source_file)
    }

    /// Called under the lock of `reloading`, so nothing is lost between load and store.
    fn apply(&self, newer: &Config) -> Changes {
        let mut config = Config::clone(&self.0.current.load());
        let changes = config.adopt(newer);
        if !changes.applied.is_empty() {
            let config = Arc::new(config);
            self.0.current.store(config.clone());
            self.0.changed.send_replace(config);
        }
        changes
    }
}
