//! The migrations: one set for three engines, run at start under a lock.
//!
//! Two releases run side by side while a cluster is updated. So a migration either expands (what the release before
//! does goes on working), and rows are backfilled by a resumable job, or it contracts: removes, a release later, what
//! nothing uses any more. A contracting migration names the lowest level of binaries that can live with it; older ones
//! refuse to start from then on, and it waits until none of them runs. A test holds every migration to this.

mod level;
mod lock;
mod m0001_core;
mod m0002_gates;
mod m0003_keys;
mod m0004_certificates;
mod m0005_audit;
mod m0006_recovery_kits;
mod m0007_key_tasks;
mod m0008_names;
mod m0009_sealed_people;
mod m0010_key_nodes;
mod runner;

pub use runner::{migrate, migrate_with, pending};

use crate::schema::Step;

/// What this binary can do. A release that writes or reads anything new raises it by one.
pub const LEVEL: i32 = 1;

/// One migration.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Name: `m`, four digits, what it is about. Never changed once released.
    pub name: &'static str,
    /// Level of the binary that brought it.
    pub level: i32,
    /// What it may do.
    pub kind: Kind,
    /// Its steps, each of which may run twice.
    pub steps: fn() -> Vec<Step>,
}

/// What a migration may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Adds only: older binaries go on working.
    Expand,
    /// Removes what binaries of `min_level` and newer do not use.
    Contract {
        /// The lowest level of binaries that can live with it.
        min_level: i32,
    },
}

/// All migrations in order.
pub const ALL: &[Migration] = &[
    Migration { name: "m0001_core", level: 1, kind: Kind::Expand, steps: m0001_core::steps },
    Migration { name: "m0002_gates", level: 1, kind: Kind::Expand, steps: m0002_gates::steps },
    Migration { name: "m0003_keys", level: 1, kind: Kind::Expand, steps: m0003_keys::steps },
    Migration { name: "m0004_certificates", level: 1, kind: Kind::Expand, steps: m0004_certificates::steps },
    Migration { name: "m0005_audit", level: 1, kind: Kind::Expand, steps: m0005_audit::steps },
    Migration { name: "m0006_recovery_kits", level: 1, kind: Kind::Expand, steps: m0006_recovery_kits::steps },
    Migration { name: "m0007_key_tasks", level: 1, kind: Kind::Expand, steps: m0007_key_tasks::steps },
    Migration { name: "m0008_names", level: 1, kind: Kind::Expand, steps: m0008_names::steps },
    Migration { name: "m0009_sealed_people", level: 1, kind: Kind::Expand, steps: m0009_sealed_people::steps },
    Migration { name: "m0010_key_nodes", level: 1, kind: Kind::Expand, steps: m0010_key_nodes::steps },
];

/// What is wrong with these migrations; empty when they keep the rules.
pub fn lint(migrations: &[Migration]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut last_level = 0;
    for (index, migration) in migrations.iter().enumerate() {
        let Migration { name, level, kind, steps } = *migration;
        if !name.starts_with(&format!("m{:04}_", index + 1)) {
            findings.push(format!("{name}: migration {} is named m{:04}_…", index + 1, index + 1));
        }
        if level < last_level || level > LEVEL {
            findings
                .push(format!("{name}: level {level} is not between the one before ({last_level}) and this binary's ({LEVEL})"));
        }
        last_level = last_level.max(level);
        let steps = steps();
        match kind {
            Kind::Expand => {
                let breaking = steps.iter().filter(|step| !step.expands());
                findings.extend(breaking.map(|step| {
                    format!("{name}: {step:?} breaks the release before; add columns as nullable or with a default, remove a release later")
                }));
                findings.extend(unique_on_old_tables(name, &steps));
            }
            Kind::Contract { min_level } => {
                if steps.iter().any(Step::expands) {
                    findings.push(format!("{name}: contracts and expands at once; split it"));
                }
                if min_level > level || min_level < 1 {
                    findings.push(format!("{name}: min_level {min_level} must be between 1 and its own level {level}"));
                }
            }
        }
    }
    findings
}

/// A unique index on a table that exists already may refuse what the release before writes.
fn unique_on_old_tables(name: &str, steps: &[Step]) -> Vec<String> {
    let creates = |table: &str| steps.iter().any(|step| matches!(step, Step::Table(spec) if spec.name == table));
    let late = steps.iter().filter_map(|step| match step {
        Step::Index(spec) if spec.unique && !creates(spec.table) => Some(spec.name),
        _ => None,
    });
    late.map(|index| format!("{name}: {index} is a new constraint on a table in use; make a new table or column for it"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, IndexSpec};

    #[test]
    fn every_migration_keeps_the_rules() {
        assert_eq!(lint(ALL), Vec::<String>::new());
    }

    #[test]
    fn every_file_is_a_migration() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/src/migrations");
        let entries = std::fs::read_dir(directory).expect("the sources are there");
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut files: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".rs")?.to_owned())).collect();
        files.retain(|name| name.starts_with('m') && name.as_bytes().get(1).is_some_and(u8::is_ascii_digit));
        files.sort();
        assert_eq!(files, ALL.iter().map(|migration| migration.name).collect::<Vec<_>>());
        for file in files {
            let text = std::fs::read_to_string(format!("{directory}/{file}.rs")).expect("reads");
            for word in ["execute", "query_", "Statement", "SchemaManager"] {
                assert!(!text.contains(word), "{file}.rs mentions {word}: migrations are made of steps, which may run twice");
            }
        }
    }

    fn steps_that_break() -> Vec<Step> {
        const INDEX: IndexSpec = IndexSpec::unique("ux_users_handle", "users", &["handle"]);
        vec![Step::DropTable("users"), Step::AddColumn("users", Column::big("age")), Step::Index(&INDEX)]
    }

    #[test]
    fn what_breaks_the_release_before_is_found() {
        let expand = Migration { name: "m0001_bad", level: 1, kind: Kind::Expand, steps: steps_that_break };
        assert_eq!(lint(&[expand]).len(), 3, "{:?}", lint(&[expand]));
        let contract = Migration { name: "m0002_bad", level: 9, kind: Kind::Contract { min_level: 10 }, steps: steps_that_break };
        assert_eq!(lint(&[contract]).len(), 4, "{:?}", lint(&[contract]));
    }
}
