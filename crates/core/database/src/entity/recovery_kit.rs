//! A recovery kit: whom the root key is sealed for besides the vaults.

use sea_orm::entity::prelude::*;

/// A recovery kit: whom the root key is sealed for besides the vaults.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_kits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub form: i16,
    pub needed: i16,
    pub total: i16,
    pub recipient: Vec<u8>,
    pub share_set: Option<Vec<u8>>,
    pub root_version: i32,
    pub envelope: Vec<u8>,
    pub tag: Vec<u8>,
    pub created_ms: i64,
    pub proven_ms: Option<i64>,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
