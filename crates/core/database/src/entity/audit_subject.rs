//! Keys, wrapped, under which somebody's personal data in the audit log is sealed.

use sea_orm::entity::prelude::*;

/// Keys, wrapped, under which somebody's personal data in the audit log is sealed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_subjects")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: i64,
    pub wrapped_key: Vec<u8>,
    pub created_ms: i64,
    pub erased_ms: Option<i64>,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
