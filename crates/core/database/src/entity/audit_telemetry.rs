//! Counts of security events that come in floods.

use sea_orm::entity::prelude::*;

/// Counts of security events that come in floods.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_telemetry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub minute_ms: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub source: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub node: i64,
    pub count: i64,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
