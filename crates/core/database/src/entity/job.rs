//! Persistent background jobs.

use sea_orm::entity::prelude::*;

/// Persistent background jobs.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub kind: String,
    pub payload: Vec<u8>,
    pub state: i16,
    pub attempts: i32,
    pub max_attempts: i32,
    pub run_at_ms: i64,
    pub leased_by: Option<String>,
    pub lease_until_ms: i64,
    pub dedup_key: Option<String>,
    pub last_error: Option<String>,
    pub created_ms: i64,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
