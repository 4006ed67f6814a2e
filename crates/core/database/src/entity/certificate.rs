//! Certificates that every node has; the private key is sealed.

use sea_orm::entity::prelude::*;

/// Certificates that every node has; the private key is sealed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certificates")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub names: String,
    pub chain: Option<Vec<u8>>,
    pub private_key: Option<Vec<u8>>,
    pub not_after_ms: i64,
    pub renew_at_ms: i64,
    pub failures: i32,
    pub last_error: Option<String>,
    pub updated_ms: i64,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
