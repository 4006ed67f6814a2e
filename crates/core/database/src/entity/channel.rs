//! Channels and conversations.

use sea_orm::entity::prelude::*;

/// Channels and conversations.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "channels")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub workspace_id: Option<i64>,
    pub kind: i16,
    pub name: String,
    pub name_folded: Option<String>,
    pub topic: String,
    pub archived: bool,
    pub conversation_key: Option<String>,
    pub created_by: i64,
    pub created_ms: i64,
    pub version: i64,
    pub list_version: i64,
    pub overrides_version: i64,
    pub sealed: Option<Vec<u8>>,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
