//! The one row about the instance itself: name, journal epoch, whether set-up is done.

use sea_orm::entity::prelude::*;

/// The one row about the instance itself: name, journal epoch, whether set-up is done.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "instance")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub name: String,
    pub journal_epoch: String,
    pub set_up: bool,
    pub created_ms: i64,
    pub version: i64,
    pub sealed: Option<Vec<u8>>,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
