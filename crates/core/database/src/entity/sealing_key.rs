//! Keys below the root key, each sealed by its parent.

use sea_orm::entity::prelude::*;

/// Keys below the root key, each sealed by its parent.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sealing_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub kind: i16,
    pub scope_id: i64,
    pub period: i32,
    pub version: i32,
    pub parent_id: i64,
    pub state: i16,
    pub sealed: Vec<u8>,
    pub created_ms: i64,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
