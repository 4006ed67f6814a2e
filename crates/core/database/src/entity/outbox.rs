//! One row a group commit: which journals and versions it touched, in stream order.

use sea_orm::entity::prelude::*;

/// One row a group commit: which journals and versions it touched, in stream order.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub stream: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    pub created_ms: i64,
    pub payload: Vec<u8>,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
