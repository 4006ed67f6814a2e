//! Crowds, written as rows: what a bound is about takes too long to be made by verbs.

use crate::world::World;
use plexichat_database::{
    DbResultExt, Tx,
    entity::{channel, channel_member, invitation, journal, user, workspace, workspace_member},
};
use plexichat_kernel::Result;
use plexichat_model::{ChannelId, JournalKey, JournalKind, UserId, WorkspaceId, channel::ChannelKind, permission::Role};
use sea_orm::{ActiveModelBehavior, ActiveModelTrait, EntityTrait, IntoActiveModel};

/// Ids far below generated ones.
pub(crate) const FIRST: i64 = 1_000_000;
const CHUNK: usize = 500;

async fn insert<E>(tx: &Tx, rows: Vec<E::Model>) -> Result<()>
where
    E: EntityTrait,
    E::ActiveModel: ActiveModelTrait<Entity = E> + ActiveModelBehavior + Send,
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    let mut rows = rows;
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(CHUNK));
        E::insert_many(rows.into_iter().map(IntoActiveModel::into_active_model)).exec_without_returning(tx).await.db()?;
        rows = rest;
    }
    Ok(())
}

async fn write<E>(world: &World, rows: Vec<E::Model>)
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Clone + Send + Sync + 'static,
    E::ActiveModel: ActiveModelTrait<Entity = E> + ActiveModelBehavior + Send,
{
    let written = world.node.journal.write(move |tx| {
        let rows = rows.clone();
        Box::pin(insert::<E>(tx, rows))
    });
    written.await.expect("rows are written");
}

/// So many ids.
pub(crate) fn ids(count: i64) -> Vec<i64> {
    (FIRST..FIRST + count).collect()
}

/// People who only exist, with names as a version before sealing wrote them: they are read, but not found exactly.
pub(crate) async fn people(world: &World, ids: &[i64]) {
    // Above what any node has seen, as the next change of a profile would be.
    let head = world.node.journal.head(JournalKey::INSTANCE).await.expect("reads").expect("there");
    let row = |id: &i64| user::Model {
        id: *id,
        handle: format!("p{id}"),
        handle_folded: format!("p{id}"),
        display_name: format!("Person {id}"),
        display_folded: format!("person {id}"),
        email: None,
        email_folded: None,
        kind: 0,
        status: 0,
        instance_role: 2,
        password_hash: None,
        created_ms: 1,
        version: head.version + 1,
        account_version: 1,
        sealed: None,
    };
    write::<user::Entity>(world, ids.iter().map(row).collect()).await;
}

/// Memberships of one channel.
pub(crate) async fn members(world: &World, channel: ChannelId, users: &[i64]) {
    write::<channel_member::Entity>(world, users.iter().map(|id| membership(channel.0, *id)).collect()).await;
}

/// Memberships of one person.
pub(crate) async fn memberships(world: &World, user: UserId, channels: &[i64]) {
    write::<channel_member::Entity>(world, channels.iter().map(|id| membership(*id, user.0)).collect()).await;
}

fn membership(channel_id: i64, user_id: i64) -> channel_member::Model {
    channel_member::Model {
        channel_id,
        user_id,
        joined_ms: 1,
        joined_number: 0,
        removed: false,
        version: 1,
        notify: 1,
        user_version: 1,
    }
}

/// Channels of a workspace, each with a head whose main number is its place in the list.
pub(crate) async fn channels(world: &World, ids: &[i64]) {
    let row = |id: &i64| channel::Model {
        id: *id,
        workspace_id: Some(world.workspace.0),
        kind: ChannelKind::Public.code(),
        name: format!("c{id}"),
        name_folded: Some(format!("c{id}")),
        topic: String::new(),
        archived: false,
        conversation_key: None,
        created_by: world.owner.id.0,
        created_ms: 1,
        version: 1,
        list_version: 1,
        overrides_version: 0,
        sealed: None,
    };
    let head = |(place, id): (i64, &i64)| journal::Model {
        kind: JournalKind::Channel.code(),
        id: *id,
        version: place + 1,
        number: place,
        main_number: place,
        first_number: 1,
        access_version: 1,
        resume_floor: 0,
    };
    write::<channel::Entity>(world, ids.iter().map(row).collect()).await;
    write::<journal::Entity>(world, (0..).zip(ids).map(head).collect()).await;
}

/// Workspaces somebody is in.
pub(crate) async fn workspaces(world: &World, user: UserId, ids: &[i64]) {
    let row = |id: &i64| workspace::Model {
        id: *id,
        name: format!("w{id}"),
        description: String::new(),
        default_channel_id: 1,
        created_by: user.0,
        created_ms: 1,
        version: 1,
        sealed: None,
    };
    let member = |id: &i64| workspace_member::Model {
        workspace_id: *id,
        user_id: user.0,
        role: Role::Member.code(),
        joined_ms: 1,
        removed: false,
        version: 1,
        user_version: 1,
    };
    write::<workspace::Entity>(world, ids.iter().map(row).collect()).await;
    write::<workspace_member::Entity>(world, ids.iter().map(member).collect()).await;
}

/// Live invitations of a workspace.
pub(crate) async fn invitations(world: &World, workspace: WorkspaceId, ids: &[i64]) {
    let row = |id: &i64| invitation::Model {
        id: *id,
        workspace_id: workspace.0,
        code_hash: id.to_be_bytes().to_vec(),
        role: Role::Member.code(),
        channel_ids: String::new(),
        created_by: world.owner.id.0,
        created_ms: 1,
        expires_ms: i64::MAX,
        max_uses: 1,
        uses: 0,
        revoked: false,
    };
    write::<invitation::Entity>(world, ids.iter().map(row).collect()).await;
}
