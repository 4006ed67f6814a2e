//! Reactions; a removed one stays as a tombstone until its journal's floor passes it.

use sea_orm::entity::prelude::*;

/// Reactions; a removed one stays as a tombstone until its journal's floor passes it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reactions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub emoji: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: i64,
    pub channel_id: i64,
    pub number: i64,
    pub created_ms: i64,
    pub removed: bool,
    pub version: i64,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
