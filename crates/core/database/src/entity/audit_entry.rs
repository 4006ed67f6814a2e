//! Numbered entries of the audit log.

use sea_orm::entity::prelude::*;

/// Numbered entries of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub time_ms: i64,
    pub action: String,
    pub actor_id: i64,
    pub target_kind: String,
    pub target_id: i64,
    pub workspace_id: i64,
    pub body: Option<String>,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
