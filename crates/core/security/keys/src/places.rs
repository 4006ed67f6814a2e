//! What each column of the database holds: sealed, a blind index, a hash, ids, or something open, and why.
//!
//! The list is held to the schema by a test: a column that a migration adds and that is not in it fails. The reference
//! `docs/reference/sealed-data.md` is written from it.

use std::fmt::Write as _;

mod list;

pub use list::PLACES;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Sealed by a data key, or a key sealed by another; says by which.
    Sealed(&'static str),
    /// A blind index: equal values of one scope are equal, nothing else can be told without the key.
    BlindIndex(&'static str),
    /// A digest; says of what.
    Hash(&'static str),
    /// Numbers that the server gave out: ids, versions, places, times, codes of kinds and states, flags.
    Numbers,
    /// Nothing any more: written empty, to be removed by a later migration.
    Empty,
    /// Something that can be read; says why it stands open.
    Open(&'static str),
}

/// A table, and what its columns hold. What is not named in `columns` holds [`Kept::Numbers`], and is listed beside.
#[derive(Debug)]
pub struct Place {
    /// The table.
    pub table: &'static str,
    /// Columns of numbers.
    pub numbers: &'static [&'static str],
    /// The others.
    pub columns: &'static [(&'static str, Kept)],
}

impl Place {
    /// All columns with what they hold.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, Kept)> {
        self.numbers.iter().map(|name| (*name, Kept::Numbers)).chain(self.columns.iter().copied())
    }
}

/// The list as a table of Markdown.
pub fn reference() -> String {
    let mut text = String::from("| table | column | holds |\n|---|---|---|\n");
    for place in PLACES {
        for (column, kept) in place.columns {
            let holds = match kept {
                Kept::Sealed(by) => format!("**sealed** by {by}"),
                Kept::BlindIndex(of) => format!("**blind index** of {of}"),
                Kept::Hash(of) => format!("hash of {of}"),
                Kept::Numbers => "numbers".to_owned(),
                Kept::Empty => "nothing any more".to_owned(),
                Kept::Open(why) => format!("open: {why}"),
            };
            let _ = writeln!(text, "| `{}` | `{column}` | {holds} |", place.table);
        }
        if !place.numbers.is_empty() {
            let _ = writeln!(
                text,
                "| `{}` | {} | ids, times and codes |",
                place.table,
                place.numbers.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Kept, PLACES, reference};
    use crate::names::tables;
    use plexichat_database::{migrations, schema::Step};
    use std::collections::{BTreeMap, BTreeSet};

    /// Tables and columns as all migrations leave them.
    fn schema() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        let mut tables: BTreeMap<&'static str, BTreeSet<&'static str>> = BTreeMap::new();
        for step in migrations::ALL.iter().flat_map(|migration| (migration.steps)()) {
            match step {
                Step::Table(spec) => {
                    tables.entry(spec.name).or_default().extend(spec.columns.iter().map(|column| column.name()));
                }
                Step::AddColumn(table, column) => {
                    tables.entry(table).or_default().insert(column.name());
                }
                Step::DropColumn(table, column) => {
                    tables.entry(table).or_default().remove(column);
                }
                Step::DropTable(table) => {
                    tables.remove(table);
                }
                Step::Index(_) | Step::DropIndex(..) => {}
            }
        }
        tables
    }

    #[test]
    fn every_column_has_its_place() {
        let listed: BTreeMap<_, BTreeSet<_>> =
            PLACES.iter().map(|place| (place.table, place.all().map(|(name, _)| name).collect())).collect();
        let schema = schema();
        for (table, columns) in &schema {
            let known =
                listed.get(table).unwrap_or_else(|| panic!("table {table} is not in places/list.rs: say what its columns hold"));
            let missing: Vec<_> = columns.difference(known).collect();
            assert!(missing.is_empty(), "say in places/list.rs what {missing:?} of {table} hold");
            let gone: Vec<_> = known.difference(columns).collect();
            assert!(gone.is_empty(), "{gone:?} of {table} are in places/list.rs and not in the schema");
        }
        assert_eq!(listed.len(), schema.len(), "a table of places/list.rs is not in the schema");
        assert_eq!(PLACES.len(), listed.len(), "a table is listed twice");
    }

    #[test]
    fn what_held_names_holds_them_no_more() {
        for table in tables::ALL {
            let place = PLACES.iter().find(|place| place.table == table.name).expect("every table is listed");
            let kept = |name: &str| place.all().find(|(column, _)| *column == name).map(|(_, kept)| kept);
            assert!(matches!(kept("sealed"), Some(Kept::Sealed(_))), "{}", table.name);
            for column in table.columns {
                let kept = kept(column.name);
                let is_right =
                    if column.is_indexed { matches!(kept, Some(Kept::BlindIndex(_))) } else { kept == Some(Kept::Empty) };
                assert!(is_right, "{}.{} holds {kept:?}", table.name, column.name);
            }
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "whether the page is to be written is no setting of the product")]
    fn the_reference_says_what_the_list_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../docs/reference/sealed-data.md");
        let text = std::fs::read_to_string(path).expect("docs/reference/sealed-data.md is there");
        let head = text.split("\n| table |").next().unwrap_or_default();
        let expected = format!("{}\n\n{}", head.trim_end(), reference());
        if std::env::var_os("PLEXICHAT_WRITE_PLACES").is_some() {
            std::fs::write(path, expected).expect("written");
            return;
        }
        assert_eq!(text, expected, "write it anew: PLEXICHAT_WRITE_PLACES=1 cargo nextest run -p plexichat-keys the_reference");
    }
}
