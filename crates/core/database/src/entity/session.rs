//! Signed-in sessions; tokens are stored hashed only, the name of the device in `sealed`.

use sea_orm::entity::prelude::*;

/// Signed-in sessions; tokens are stored hashed only.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub user_id: i64,
    pub token_hash: Vec<u8>,
    pub device_name: String,
    pub transport: i16,
    pub created_ms: i64,
    pub last_seen_ms: i64,
    pub expires_ms: i64,
    pub absolute_ms: i64,
    pub revoked_ms: Option<i64>,
    pub version: i64,
    pub sealed: Option<Vec<u8>>,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
