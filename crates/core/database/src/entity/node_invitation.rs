//! A token by which one node may join.

use sea_orm::entity::prelude::*;

/// A token by which one node may join.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "node_invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub lookup: Vec<u8>,
    pub sealed: Vec<u8>,
    pub created_by: i64,
    pub created_ms: i64,
    pub expires_ms: i64,
    pub used_by: i64,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
