//! `[audit]`: how long the audit log keeps what.

use super::problem::Checker;
use super::section::{CrossCheck, range, section};

section! {
    /// The audit log. What it proves does not depend on these: hashes of entries are never dropped.
    AuditConfig in "audit" {
        /// The content of an entry is dropped after this many days; its hash stays. 0: never.
        retention_days: u32 = 0, live, range(0, 36_500);
        /// Counts of failed sign-ins and the like, with the addresses they came from, are dropped after this many days.
        telemetry_days: u32 = 30, live, range(1, 3_650);
    }
}

impl CrossCheck for AuditConfig {
    fn cross_check(&self, _checker: &mut Checker<'_>) {}
}
