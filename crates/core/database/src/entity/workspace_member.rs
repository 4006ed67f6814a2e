//! Memberships with role; a removed one stays as a tombstone until its journal's floor passes it.

use sea_orm::entity::prelude::*;

/// Memberships with role; a removed one stays as a tombstone until its journal's floor passes it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workspace_members")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: i64,
    pub role: i16,
    pub joined_ms: i64,
    pub removed: bool,
    pub version: i64,
    pub user_version: i64,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
