//! Public profiles kept in memory, exact as of one version of the instance journal, which carries their changes.
//!
//! A newer version drops them all: profiles change rarely, pages are read often. Bounded.

use plexichat_auth::Auth;
use plexichat_kernel::Result;
use plexichat_model::{UserId, user::UserView};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

/// Profiles kept at most, about 300 bytes each.
const MOST: usize = 20_000;

#[derive(Debug, Default)]
struct Held {
    epoch: Arc<str>,
    version: i64,
    profiles: HashMap<i64, Arc<UserView>>,
}

/// Profiles by account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profiles {
    held: Arc<Mutex<Held>>,
}

impl Profiles {
    /// These profiles in id order, at least as new as this version of the instance journal. The second answer: whether
    /// rows were read for it.
    pub(crate) async fn of(
        &self,
        auth: &Auth,
        (version, epoch): (i64, &Arc<str>),
        ids: impl Iterator<Item = i64>,
    ) -> Result<(Vec<UserView>, bool)> {
        let ids: BTreeSet<i64> = ids.collect();
        let mut found = self.known(version, epoch, &ids);
        let missing: Vec<i64> = ids.iter().copied().filter(|id| !found.contains_key(id)).collect();
        if !missing.is_empty() {
            let asked: Vec<UserId> = missing.iter().copied().map(UserId).collect();
            let fresh = auth.profiles(&asked).await?.into_iter().map(|view| (view.id.0, Arc::new(view)));
            let fresh: HashMap<i64, Arc<UserView>> = fresh.collect();
            self.keep(version, epoch, &fresh);
            found.extend(fresh);
        }
        let views = ids.iter().filter_map(|id| found.get(id)).map(|view| (**view).clone()).collect();
        Ok((views, !missing.is_empty()))
    }

    fn known(&self, version: i64, epoch: &Arc<str>, ids: &BTreeSet<i64>) -> HashMap<i64, Arc<UserView>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.version < version || held.epoch != *epoch {
            *held = Held { epoch: Arc::clone(epoch), version, profiles: HashMap::new() };
        }
        ids.iter().filter_map(|id| Some((*id, Arc::clone(held.profiles.get(id)?)))).collect()
    }

    fn keep(&self, version: i64, epoch: &Arc<str>, fresh: &HashMap<i64, Arc<UserView>>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // Rows read for an older version may lack what a newer one changed.
        if held.version != version || held.epoch != *epoch {
            return;
        }
        if held.profiles.len() + fresh.len() > MOST {
            held.profiles.clear();
        }
        held.profiles.extend(fresh.iter().map(|(id, view)| (*id, Arc::clone(view))));
    }
}
