//! Invitation links; codes are stored hashed only.

use sea_orm::entity::prelude::*;

/// Invitation links; codes are stored hashed only.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub workspace_id: i64,
    pub code_hash: Vec<u8>,
    pub role: i16,
    pub channel_ids: String,
    pub created_by: i64,
    pub created_ms: i64,
    pub expires_ms: i64,
    pub max_uses: i32,
    pub uses: i32,
    pub revoked: bool,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
