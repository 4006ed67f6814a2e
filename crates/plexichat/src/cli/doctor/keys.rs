//! Whether what is sealed can be opened, and by how much of what should.

use super::{Finding, State};
use crate::{cli::keys::described, compose::vault};
use plexichat_database::Db;
use plexichat_kernel::{Error, Result, config::Config};
use plexichat_keys::{
    recovery::{Kits, overview},
    vault::{KeyVault, Part},
};

const NAME: &str = "keys";

pub(super) async fn findings(db: &Db, config: &Config) -> Vec<Finding> {
    let vault = match vault(config) {
        Ok(vault) => vault,
        Err(error) => return vec![failing(&error)],
    };
    let opened = plexichat_keys::check(db, vault.as_ref()).await;
    let parts = parts(db, vault.as_ref(), opened.is_ok()).await;
    let mut findings = vec![match opened {
        Ok(Some(status)) => {
            let of = parts.iter().filter(|part| part.problem.is_none()).count();
            let members = if parts.is_empty() { String::new() } else { format!("; {of} of its vaults open their share") };
            let text = format!("the vault `{}` opens the root key, version {}{members}", status.vault, status.version);
            Finding::ok(NAME, text)
        }
        Ok(None) => Finding::ok(NAME, "the first start makes the root key"),
        Err(error) => failing(&error),
    }];
    findings.extend(parts.into_iter().filter_map(|part| {
        let problem = part.problem?;
        let (what, remedy) = problem.rsplit_once(". ").unwrap_or((&problem, "see docs/guide/keys.md"));
        Some(Finding::wrong(&format!("{NAME}: {}", part.name), State::Advice, what, remedy))
    }));
    if let Ok(Some(found)) = overview(db, vault.as_ref()).await {
        findings.push(kit(found.kits));
    }
    if !config.keys.previous.0.is_empty() {
        let remedy = "run `plexichat keys reseal`, then empty keys.previous";
        findings.push(Finding::wrong(NAME, State::Advice, "keys.previous names vaults that are to be left", remedy));
    }
    findings
}

/// The parts, when the whole opens: otherwise its failure names them.
async fn parts(db: &Db, vault: &dyn KeyVault, is_open: bool) -> Vec<Part> {
    let examined: Result<Vec<Part>> = if is_open { plexichat_keys::examine(db, vault).await } else { Ok(Vec::new()) };
    examined.unwrap_or_default()
}

/// Set-up is not complete before a kit was kept and entered again.
fn kit(kits: Kits) -> Finding {
    let name = "recovery kit";
    match kits {
        Kits { proven: Some(kit), .. } => Finding::ok(name, described(&kit.view())),
        Kits { waiting: Some(_), .. } => {
            let what = "one was made, and never entered again: nobody knows whether it was kept";
            let remedy = "enter it: `plexichat keys kit prove`; or make a new one: `plexichat keys kit new`";
            Finding::wrong(name, State::Advice, what, remedy)
        }
        _ => {
            let what = "none: if the vault is lost, everything that is sealed is lost";
            let remedy = "`plexichat keys kit new`, keep it apart from the server, then `plexichat keys kit prove`";
            Finding::wrong(name, State::Advice, what, remedy)
        }
    }
}

fn failing(error: &Error) -> Finding {
    let text = error.message();
    let (what, remedy) = text.rsplit_once(". ").unwrap_or((text, "see docs/guide/keys.md"));
    Finding::wrong(NAME, State::Failing, what, remedy)
}
