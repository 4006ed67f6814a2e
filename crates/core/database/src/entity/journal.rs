//! Head row of each journal: narrow, locked in (kind, id) order by every commit.

use sea_orm::entity::prelude::*;

/// Head row of each journal: narrow, locked in (kind, id) order by every commit.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "journals")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub version: i64,
    pub number: i64,
    pub main_number: i64,
    pub first_number: i64,
    pub access_version: i64,
    pub resume_floor: i64,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
