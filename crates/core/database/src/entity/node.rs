//! Leased node numbers: who issues ids with which number until when.

use sea_orm::entity::prelude::*;

/// Leased node numbers: who issues ids with which number until when.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "nodes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub node: i16,
    pub holder: String,
    pub fence: i64,
    pub level: i32,
    pub address: String,
    pub started_ms: i64,
    pub lease_until_ms: i64,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
