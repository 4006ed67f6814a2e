//! Where a rotation stands that has come to the names: a table and a row in the two numbers that a task has for its place.

use crate::{names::walk::Place, store::tasks::StoredTask};

/// A task before the first page of a pass.
pub(super) fn begin(task: &StoredTask) -> StoredTask {
    at(task, Place::default(), false)
}

/// A task at a place; `found`: this pass has sealed something anew.
pub(super) fn at(task: &StoredTask, place: Place, found: bool) -> StoredTask {
    let Place { table, above } = place;
    // 0 is what it has before.
    let table = 1 + i64::try_from(table).unwrap_or(i64::MAX / 4);
    StoredTask { at_scope: table * 2 + i64::from(found), at_number: above, ..task.clone() }
}

/// Whether it has come to the names.
pub(super) fn is_begun(task: &StoredTask) -> bool {
    task.at_scope > 0
}

/// Where it stands, and whether this pass has sealed something anew.
pub(super) fn place(task: &StoredTask) -> (Place, bool) {
    let table = usize::try_from(task.at_scope / 2 - 1).unwrap_or(0);
    (Place { table, above: task.at_number }, task.at_scope % 2 == 1)
}

#[cfg(test)]
mod tests {
    use super::{at, begin, is_begun, place};
    use crate::{names::walk::Place, store::tasks::StoredTask};

    #[test]
    fn places_come_back() {
        let task = StoredTask {
            id: 1,
            kind: 1,
            level: 1,
            scope_id: 0,
            workspace_id: 0,
            period: 0,
            state: 3,
            asked_by: 1,
            asked_ms: 0,
            due_ms: 0,
            approved_by: 0,
            since_ms: 0,
            at_scope: 0,
            at_number: 7,
            done: 7,
            total: 7,
        };
        assert!(!is_begun(&task) && is_begun(&begin(&task)));
        for (table, found) in [(0, false), (0, true), (4, true)] {
            let there = Place { table, above: 9 };
            assert_eq!(place(&at(&task, there, found)), (there, found));
        }
    }
}
