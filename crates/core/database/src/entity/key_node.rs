//! A node that asks to join, was refused, or has joined.

use sea_orm::entity::prelude::*;

/// A node that asks to join, was refused, or has joined.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "key_nodes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub name: String,
    pub recipient: Vec<u8>,
    pub invitation_id: i64,
    pub proof: Vec<u8>,
    pub state: i16,
    pub reason: i16,
    pub secret: Option<Vec<u8>>,
    pub created_ms: i64,
    pub joined_ms: Option<i64>,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
