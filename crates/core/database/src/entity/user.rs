//! Accounts. Their names are in `sealed`; the columns that held them are empty, or hold a blind index.

use sea_orm::entity::prelude::*;

/// Accounts.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub handle: String,
    pub handle_folded: String,
    pub display_name: String,
    pub display_folded: String,
    pub email: Option<String>,
    pub email_folded: Option<String>,
    pub kind: i16,
    pub status: i16,
    pub instance_role: i16,
    pub password_hash: Option<String>,
    pub created_ms: i64,
    pub version: i64,
    pub account_version: i64,
    pub sealed: Option<Vec<u8>>,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
