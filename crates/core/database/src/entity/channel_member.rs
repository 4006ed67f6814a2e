//! Channel memberships and each member's own settings of the channel.

use sea_orm::entity::prelude::*;

/// Channel memberships and each member's own settings of the channel.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "channel_members")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: i64,
    pub joined_ms: i64,
    pub joined_number: i64,
    pub removed: bool,
    pub version: i64,
    pub notify: i16,
    pub user_version: i64,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
