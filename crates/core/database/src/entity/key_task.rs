//! Work on keys that takes longer than a moment.

use sea_orm::entity::prelude::*;

/// Work on keys that takes longer than a moment.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "key_tasks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub kind: i16,
    pub level: i16,
    pub scope_id: i64,
    pub workspace_id: i64,
    pub period: i32,
    pub state: i16,
    pub asked_by: i64,
    pub asked_ms: i64,
    pub due_ms: i64,
    pub approved_by: i64,
    pub since_ms: i64,
    pub at_scope: i64,
    pub at_number: i64,
    pub done: i64,
    pub total: i64,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
