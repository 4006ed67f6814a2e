//! The tables that have names, and which of their columns held them.

/// A table whose rows have names. Its primary key is one number.
#[derive(Debug)]
pub struct NamedTable {
    /// Its name.
    pub name: &'static str,
    /// Its primary key.
    pub id: &'static str,
    /// Whose names key seals a row.
    pub owner: Owner,
    /// Columns in the order of the sealed value: new ones come last.
    pub columns: &'static [NamedColumn],
}

/// Whose names key seals the rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The instance's.
    Instance,
    /// That of the workspace in this column; the instance's where it is null. Blind indexes are of the workspace too.
    Workspace(&'static str),
}

/// A column that held a name before names were sealed.
#[derive(Debug)]
pub struct NamedColumn {
    /// Its name.
    pub name: &'static str,
    /// Whether it may be null.
    pub is_optional: bool,
    /// Whether it holds a blind index now; it is empty otherwise.
    pub is_indexed: bool,
    /// What is shown once the key is destroyed.
    pub lost: Lost,
}

/// What stands for a text whose key was destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The id of the row.
    Id,
    /// Nothing.
    Empty,
}

impl NamedColumn {
    /// A name, which a row cannot be without.
    pub const fn name(name: &'static str) -> Self {
        Self { name, is_optional: false, is_indexed: false, lost: Lost::Id }
    }

    /// A text that may be empty.
    pub const fn text(name: &'static str) -> Self {
        Self { name, is_optional: false, is_indexed: false, lost: Lost::Empty }
    }

    /// May be null.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// Holds a blind index.
    #[must_use]
    pub const fn indexed(mut self) -> Self {
        self.is_indexed = true;
        self
    }
}

/// Workspaces.
pub const WORKSPACES: NamedTable = NamedTable {
    name: "workspaces",
    id: "id",
    owner: Owner::Workspace("id"),
    columns: &[NamedColumn::name("name"), NamedColumn::text("description")],
};

/// Channels; conversations have no name.
pub const CHANNELS: NamedTable = NamedTable {
    name: "channels",
    id: "id",
    owner: Owner::Workspace("workspace_id"),
    columns: &[NamedColumn::name("name"), NamedColumn::name("name_folded").optional().indexed(), NamedColumn::text("topic")],
};

/// The instance.
pub const INSTANCE: NamedTable =
    NamedTable { name: "instance", id: "id", owner: Owner::Instance, columns: &[NamedColumn::name("name")] };

/// Accounts.
pub const USERS: NamedTable = NamedTable {
    name: "users",
    id: "id",
    owner: Owner::Instance,
    columns: &[
        NamedColumn::name("handle"),
        NamedColumn::name("handle_folded").indexed(),
        NamedColumn::name("display_name"),
        NamedColumn::name("display_folded"),
        NamedColumn::text("email").optional(),
        NamedColumn::text("email_folded").optional().indexed(),
    ],
};

/// Sessions: what people call the device they signed in on.
pub const SESSIONS: NamedTable =
    NamedTable { name: "sessions", id: "id", owner: Owner::Instance, columns: &[NamedColumn::text("device_name")] };

/// All of them. Each has a column `sealed`.
pub const ALL: &[&NamedTable] = &[&INSTANCE, &WORKSPACES, &CHANNELS, &USERS, &SESSIONS];
