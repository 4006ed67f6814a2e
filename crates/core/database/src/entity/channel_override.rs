//! What a channel allows or denies beyond the workspace.

use sea_orm::entity::prelude::*;

/// What a channel allows or denies beyond the workspace.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "channel_overrides")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub target_kind: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub target_id: i64,
    pub allow_bits: i64,
    pub deny_bits: i64,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
