//! Reads the facts that decide access: one statement for the rows and the access versions they stand under.
//!
//! Heads and rows come from one statement, hence one snapshot on every engine. Overrides follow in a second one
//! when the channel has any: at worst they are newer than the stamps, which the commit then finds stale.

use super::{
    calculator::{Place, Subject},
    channel::{ChannelFacts, ChannelInfo, Membership},
    workspace::{WorkspaceFacts, WorkspaceInfo, WorkspaceMembership},
};
use plexichat_database::{DbResultExt, Engine, Sql, entity};
use plexichat_events::Stamp;
use plexichat_kernel::Result;
use plexichat_model::{
    ChannelId, JournalKey, UserId, WorkspaceId,
    channel::{ChannelKind, NotifyLevel, OverrideTarget, PermissionOverride},
    permission::{InstanceRole, Permissions, Role},
    user::AccountStatus,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryResult, QuerySelect};
use std::collections::HashMap;

pub(crate) mod people;

const CHANNEL: &str = "select c.id, c.workspace_id, c.kind, c.archived, c.created_by, c.created_ms, c.version, \
    c.overrides_version, u.status, u.instance_role, wm.role, wm.removed as wm_removed, \
    cm.joined_ms, cm.joined_number, cm.notify, cm.removed as cm_removed, cm.version as cm_version, cm.user_version, \
    hi.access_version as hi, hw.access_version as hw, hc.access_version as hc, hu.access_version as hu \
    from channels c join users u on u.id = ? \
    left join workspace_members wm on wm.workspace_id = c.workspace_id and wm.user_id = u.id \
    left join channel_members cm on cm.channel_id = c.id and cm.user_id = u.id \
    left join journals hi on hi.kind = 0 and hi.id = 0 \
    left join journals hw on hw.kind = 1 and hw.id = c.workspace_id \
    left join journals hc on hc.kind = 2 and hc.id = c.id \
    left join journals hu on hu.kind = 3 and hu.id = u.id \
    where c.id = ?";

const WORKSPACE: &str = "select w.id, w.default_channel_id, w.created_ms, w.version, u.status, u.instance_role, \
    wm.role, wm.removed as wm_removed, wm.joined_ms, wm.version as wm_version, wm.user_version, \
    hi.access_version as hi, hw.access_version as hw, hu.access_version as hu \
    from workspaces w join users u on u.id = ? \
    left join workspace_members wm on wm.workspace_id = w.id and wm.user_id = u.id \
    left join journals hi on hi.kind = 0 and hi.id = 0 \
    left join journals hw on hw.kind = 1 and hw.id = w.id \
    left join journals hu on hu.kind = 3 and hu.id = u.id \
    where w.id = ?";

const ACCOUNT: &str = "select u.status, u.instance_role, hi.access_version as hi, hu.access_version as hu from users u \
    left join journals hi on hi.kind = 0 and hi.id = 0 \
    left join journals hu on hu.kind = 3 and hu.id = u.id \
    where u.id = ?";

/// Reads what decides the access of a person to a channel; `None` when one of them does not exist.
pub(super) async fn channel(
    conn: &impl ConnectionTrait,
    engine: Engine,
    user_id: UserId,
    id: ChannelId,
) -> Result<Option<ChannelFacts>> {
    let statement = Sql::new(engine, CHANNEL).bind(user_id.0).bind(id.0).build();
    let Some(row) = conn.query_one_raw(statement).await.db()? else { return Ok(None) };
    let channel = channel_info(&row)?;
    let overrides = if row.try_get::<i64>("", "overrides_version").db()? > 0 { overrides(conn, id).await? } else { Vec::new() };
    let subject = subject(&row, user_id)?;
    let membership = channel_membership(&row)?;
    let place = Place {
        kind: channel.kind,
        archived: channel.archived,
        created_by: channel.created_by,
        member: membership.is_some(),
        overrides: &overrides,
    };
    let mut stamps = Vec::with_capacity(4);
    stamp(&row, "hi", JournalKey::INSTANCE, &mut stamps)?;
    if let Some(workspace) = channel.workspace_id {
        stamp(&row, "hw", JournalKey::workspace(workspace), &mut stamps)?;
    }
    stamp(&row, "hc", JournalKey::channel(id), &mut stamps)?;
    stamp(&row, "hu", JournalKey::user(user_id), &mut stamps)?;
    Ok(Some(ChannelFacts::evaluate(subject, &place, channel.clone(), membership, stamps)))
}

/// Reads what decides the access of a person to a workspace.
pub(super) async fn workspace(
    conn: &impl ConnectionTrait,
    engine: Engine,
    user_id: UserId,
    id: WorkspaceId,
) -> Result<Option<WorkspaceFacts>> {
    let statement = Sql::new(engine, WORKSPACE).bind(user_id.0).bind(id.0).build();
    let Some(row) = conn.query_one_raw(statement).await.db()? else { return Ok(None) };
    let workspace = WorkspaceInfo {
        id,
        default_channel_id: ChannelId(row.try_get("", "default_channel_id").db()?),
        created_ms: row.try_get("", "created_ms").db()?,
        version: row.try_get("", "version").db()?,
    };
    let subject = subject(&row, user_id)?;
    let membership = match subject.workspace_role {
        Some(role) => Some(WorkspaceMembership {
            role,
            joined_ms: row.try_get("", "joined_ms").db()?,
            version: row.try_get("", "wm_version").db()?,
            user_version: row.try_get("", "user_version").db()?,
        }),
        None => None,
    };
    let mut stamps = Vec::with_capacity(3);
    stamp(&row, "hi", JournalKey::INSTANCE, &mut stamps)?;
    stamp(&row, "hw", JournalKey::workspace(id), &mut stamps)?;
    stamp(&row, "hu", JournalKey::user(user_id), &mut stamps)?;
    Ok(Some(WorkspaceFacts::evaluate(subject, workspace, membership, stamps)))
}

/// Reads what decides the rights of an account on the instance.
pub(super) async fn account(
    conn: &impl ConnectionTrait,
    engine: Engine,
    user_id: UserId,
) -> Result<Option<(Subject, Vec<Stamp>)>> {
    let statement = Sql::new(engine, ACCOUNT).bind(user_id.0).build();
    let Some(row) = conn.query_one_raw(statement).await.db()? else { return Ok(None) };
    let subject = Subject {
        user_id,
        status: AccountStatus::from_code(row.try_get("", "status").db()?),
        instance_role: InstanceRole::from_code(row.try_get("", "instance_role").db()?),
        workspace_role: None,
    };
    let mut stamps = Vec::with_capacity(2);
    stamp(&row, "hi", JournalKey::INSTANCE, &mut stamps)?;
    stamp(&row, "hu", JournalKey::user(user_id), &mut stamps)?;
    Ok(Some((subject, stamps)))
}

/// The overrides of a channel, at most the number a channel can have.
pub(crate) async fn overrides(conn: &impl ConnectionTrait, id: ChannelId) -> Result<Vec<PermissionOverride>> {
    use entity::channel_override::{Column, Entity};
    let limit = u64::try_from(plexichat_model::limits::CHANNEL_OVERRIDES).unwrap_or(u64::MAX);
    let rows = Entity::find().filter(Column::ChannelId.eq(id.0)).limit(limit).all(conn).await.db()?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            Some(PermissionOverride {
                target: OverrideTarget::from_code(row.target_kind, row.target_id)?,
                allow: bits(row.allow_bits),
                deny: bits(row.deny_bits),
            })
        })
        .collect())
}

/// A channel as far as access goes, without a person.
pub(super) async fn place(
    conn: &impl ConnectionTrait,
    id: ChannelId,
) -> Result<Option<(entity::channel::Model, Vec<PermissionOverride>)>> {
    let Some(row) = entity::channel::Entity::find_by_id(id.0).one(conn).await.db()? else { return Ok(None) };
    let overrides = if row.overrides_version > 0 { overrides(conn, id).await? } else { Vec::new() };
    Ok(Some((row, overrides)))
}

/// The subjects among `users` with their role in `workspace`, and who of them is in `channel`.
pub(super) async fn subjects(
    conn: &impl ConnectionTrait,
    workspace: Option<WorkspaceId>,
    channel: Option<ChannelId>,
    users: &[UserId],
) -> Result<Vec<(Subject, bool)>> {
    let ids: Vec<i64> = users.iter().map(|id| id.0).collect();
    let rows = {
        use entity::user::{Column, Entity};
        let query = Entity::find().select_only().columns([Column::Id, Column::Status, Column::InstanceRole]);
        query.filter(Column::Id.is_in(ids.clone())).into_tuple::<(i64, i16, i16)>().all(conn).await.db()?
    };
    let roles: HashMap<i64, i16> = match workspace {
        Some(workspace) => {
            use entity::workspace_member::{Column, Entity};
            let query = Entity::find().select_only().columns([Column::UserId, Column::Role]);
            let query = query.filter(Column::WorkspaceId.eq(workspace.0)).filter(Column::UserId.is_in(ids.clone()));
            query.filter(Column::Removed.eq(false)).into_tuple().all(conn).await.db()?.into_iter().collect()
        }
        None => HashMap::new(),
    };
    let members = match channel {
        Some(channel) => people::members(conn, channel.0, &ids).await?,
        None => Vec::new(),
    };
    Ok(rows
        .into_iter()
        .map(|(id, status, role)| {
            let subject = Subject {
                user_id: UserId(id),
                status: AccountStatus::from_code(status),
                instance_role: InstanceRole::from_code(role),
                workspace_role: roles.get(&id).map(|code| Role::from_code(*code)),
            };
            (subject, members.contains(&id))
        })
        .collect())
}

/// Bits as they are stored.
pub(crate) fn bits(stored: i64) -> Permissions {
    Permissions(stored.cast_unsigned())
}

fn channel_info(row: &QueryResult) -> Result<ChannelInfo> {
    Ok(ChannelInfo {
        id: ChannelId(row.try_get("", "id").db()?),
        workspace_id: row.try_get::<Option<i64>>("", "workspace_id").db()?.map(WorkspaceId),
        kind: ChannelKind::from_code(row.try_get("", "kind").db()?),
        archived: row.try_get("", "archived").db()?,
        created_by: UserId(row.try_get("", "created_by").db()?),
        created_ms: row.try_get("", "created_ms").db()?,
        version: row.try_get("", "version").db()?,
    })
}

fn subject(row: &QueryResult, user_id: UserId) -> Result<Subject> {
    let removed: Option<bool> = row.try_get("", "wm_removed").db()?;
    let role: Option<i16> = row.try_get("", "role").db()?;
    Ok(Subject {
        user_id,
        status: AccountStatus::from_code(row.try_get("", "status").db()?),
        instance_role: InstanceRole::from_code(row.try_get("", "instance_role").db()?),
        workspace_role: role.filter(|_| removed == Some(false)).map(Role::from_code),
    })
}

fn channel_membership(row: &QueryResult) -> Result<Option<Membership>> {
    if row.try_get::<Option<bool>>("", "cm_removed").db()? != Some(false) {
        return Ok(None);
    }
    Ok(Some(Membership {
        joined_ms: row.try_get("", "joined_ms").db()?,
        joined_number: row.try_get("", "joined_number").db()?,
        notify: NotifyLevel::from_code(row.try_get("", "notify").db()?),
        version: row.try_get("", "cm_version").db()?,
        user_version: row.try_get("", "user_version").db()?,
    }))
}

fn stamp(row: &QueryResult, column: &str, key: JournalKey, stamps: &mut Vec<Stamp>) -> Result<()> {
    if let Some(access_version) = row.try_get::<Option<i64>>("", column).db()? {
        stamps.push(Stamp { key, access_version });
    }
    Ok(())
}
