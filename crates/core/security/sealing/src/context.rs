//! The place that something sealed belongs to.

use crate::key::{Bound, push_part};

/// The place a value belongs to. It opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The table's name, or of what else holds it.
    pub table: &'a str,
    /// The column's name.
    pub column: &'a str,
    /// Which row.
    pub row: Row<'a>,
}

/// The identity of a row: never its place in a list, which may change.
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    /// A numeric primary key.
    Id(i64),
    /// Any other key; a key of several columns is encoded by the caller so that it can be read in one way only.
    Bytes(&'a [u8]),
}

impl<'a> Context<'a> {
    /// The value of `column` in the row `id` of `table`.
    pub const fn row(table: &'a str, column: &'a str, id: i64) -> Self {
        Self { table, column, row: Row::Id(id) }
    }

    /// Appends an encoding that can be read in one way only.
    pub(crate) fn encode(&self, out: &mut Bound) {
        push_part(out, self.table.as_bytes());
        push_part(out, self.column.as_bytes());
        match self.row {
            Row::Id(id) => {
                out.push(0);
                out.extend_from_slice(&id.to_be_bytes());
            }
            Row::Bytes(bytes) => {
                out.push(1);
                push_part(out, bytes);
            }
        }
    }
}
