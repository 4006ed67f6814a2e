//! What the audit log is: its origin, its keys, its size, and how many bodies were dropped.

use sea_orm::entity::prelude::*;

/// What the audit log is: its origin, its keys, its size, and how many bodies were dropped.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub origin: String,
    pub public_key: Vec<u8>,
    pub sealed_seed: Vec<u8>,
    pub size: i64,
    pub dropped: i64,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
