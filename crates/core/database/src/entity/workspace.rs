//! Workspaces.

use sea_orm::entity::prelude::*;

/// Workspaces.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workspaces")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub name: String,
    pub description: String,
    pub default_channel_id: i64,
    pub created_by: i64,
    pub created_ms: i64,
    pub version: i64,
    pub sealed: Option<Vec<u8>>,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
