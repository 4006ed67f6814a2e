//! Hashes of the tree over the audit log, 256 of one level to a row.

use sea_orm::entity::prelude::*;

/// Hashes of the tree over the audit log, 256 of one level to a row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_tiles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub level: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub idx: i64,
    pub hashes: Vec<u8>,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
