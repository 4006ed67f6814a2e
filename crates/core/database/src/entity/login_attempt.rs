//! Failed sign-ins by hashed (account, address), for throttling across nodes.

use sea_orm::entity::prelude::*;

/// Failed sign-ins by hashed (account, address), for throttling across nodes.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_attempts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub attempt_key: Vec<u8>,
    pub failures: i32,
    pub first_ms: i64,
    pub blocked_until_ms: i64,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
