//! Summaries of threads, by root message.

use sea_orm::entity::prelude::*;

/// Summaries of threads, by root message.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "threads")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub root_id: i64,
    pub channel_id: i64,
    pub title: Option<String>,
    pub reply_count: i64,
    pub last_number: i64,
    pub last_reply_ms: i64,
    pub participants: String,
    pub version: i64,
}

/// Joins are written out where they are measured; none are declared.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
