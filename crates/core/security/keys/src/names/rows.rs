//! Rows of tables with names.

use super::tables::{self, NamedTable};
use plexichat_database::entity::{channel, instance, session, user, workspace};

/// A row with names.
pub trait Named: Send + Sized {
    /// Its table.
    const TABLE: &'static NamedTable;

    /// What of it is sealed, for writing.
    fn parts(&mut self) -> Parts<'_>;
}

/// What of a row is sealed.
#[derive(Debug)]
pub struct Parts<'a> {
    /// Its primary key.
    pub id: i64,
    /// In which scope its blind indexes are: its workspace, or 0.
    pub scope: i64,
    /// The sealed names; `None` while they are open, and for a row that has none.
    pub sealed: &'a mut Option<Vec<u8>>,
    /// The texts, in the order of the table's columns.
    pub texts: Vec<Slot<'a>>,
}

/// A text of a row.
#[derive(Debug)]
pub enum Slot<'a> {
    /// One that is never null.
    Text(&'a mut String),
    /// One that may be.
    Optional(&'a mut Option<String>),
}

impl Slot<'_> {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Optional(text) => text.as_deref(),
        }
    }

    /// `None`: nothing.
    pub(super) fn set(self, to: Option<String>) {
        match self {
            Self::Text(text) => *text = to.unwrap_or_default(),
            Self::Optional(text) => *text = to,
        }
    }
}

impl Named for workspace::Model {
    const TABLE: &'static NamedTable = &tables::WORKSPACES;

    fn parts(&mut self) -> Parts<'_> {
        let texts = vec![Slot::Text(&mut self.name), Slot::Text(&mut self.description)];
        Parts { id: self.id, scope: self.id, sealed: &mut self.sealed, texts }
    }
}

impl Named for channel::Model {
    const TABLE: &'static NamedTable = &tables::CHANNELS;

    fn parts(&mut self) -> Parts<'_> {
        let texts = vec![Slot::Text(&mut self.name), Slot::Optional(&mut self.name_folded), Slot::Text(&mut self.topic)];
        Parts { id: self.id, scope: self.workspace_id.unwrap_or(0), sealed: &mut self.sealed, texts }
    }
}

impl Named for user::Model {
    const TABLE: &'static NamedTable = &tables::USERS;

    fn parts(&mut self) -> Parts<'_> {
        let texts = vec![
            Slot::Text(&mut self.handle),
            Slot::Text(&mut self.handle_folded),
            Slot::Text(&mut self.display_name),
            Slot::Text(&mut self.display_folded),
            Slot::Optional(&mut self.email),
            Slot::Optional(&mut self.email_folded),
        ];
        Parts { id: self.id, scope: 0, sealed: &mut self.sealed, texts }
    }
}

impl Named for session::Model {
    const TABLE: &'static NamedTable = &tables::SESSIONS;

    fn parts(&mut self) -> Parts<'_> {
        Parts { id: self.id, scope: 0, sealed: &mut self.sealed, texts: vec![Slot::Text(&mut self.device_name)] }
    }
}

impl Named for instance::Model {
    const TABLE: &'static NamedTable = &tables::INSTANCE;

    fn parts(&mut self) -> Parts<'_> {
        Parts { id: self.id, scope: 0, sealed: &mut self.sealed, texts: vec![Slot::Text(&mut self.name)] }
    }
}
