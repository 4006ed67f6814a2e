//! Raw statements for the places that need them: one text with `?`, bound values, any engine.

use crate::Engine;
use sea_orm::{DbBackend, Statement, Value};
use std::fmt::Write as _;

/// A statement text with `?` for each value, in the dialect of an engine.
#[derive(Clone, Debug)]
pub struct Sql {
    backend: DbBackend,
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// Starts a statement; `?` become `$1`, `$2` … on PostgreSQL. Texts must hold no other question marks.
    pub fn new(engine: Engine, text: &str) -> Self {
        let backend = engine.backend();
        let text = if backend == DbBackend::Postgres { dollars(text) } else { text.to_owned() };
        Self { backend, text, values: Vec::new() }
    }

    /// Binds the next value.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Binds many values in order.
    #[must_use]
    pub fn bind_all<V: Into<Value>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.values.extend(values.into_iter().map(Into::into));
        self
    }

    /// The statement, ready for `execute_raw`, `query_one_raw`, `query_all_raw`.
    pub fn build(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text, self.values)
    }
}

fn dollars(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut next = 0;
    for c in text.chars() {
        if c == '?' {
            next += 1;
            let _ = write!(out, "${next}");
        } else {
            out.push(c);
        }
    }
    out
}

/// `?,?,?` for a list of that length, padded by the caller to few distinct lengths so that statements stay cached.
pub fn placeholders(count: usize) -> String {
    let mut out = String::with_capacity(count * 2);
    for i in 0..count {
        out.push_str(if i == 0 { "?" } else { ",?" });
    }
    out
}

/// `[1,2,3]`: a list of integers as JSON, for `json_each` and `JSON_TABLE`.
pub fn json_ids(ids: impl IntoIterator<Item = i64>) -> String {
    let mut out = String::from("[");
    for (i, id) in ids.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        let _ = write!(out, "{id}");
    }
    out.push(']');
    out
}
