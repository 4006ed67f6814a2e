//! Messages; order is (channel, number).

use sea_orm::entity::prelude::*;

/// Messages; order is (channel, number).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub channel_id: i64,
    pub number: i64,
    pub version: i64,
    pub author_id: i64,
    pub nonce: Option<i64>,
    pub thread_id: Option<i64>,
    pub kind: i16,
    pub flags: i16,
    pub body: Vec<u8>,
    pub created_ms: i64,
    pub edited_ms: Option<i64>,
    pub deleted: bool,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
