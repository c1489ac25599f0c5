//! Reads and writes memberships. Writes run in the writer's transaction.

use super::{
    connection::Connection,
    job::{Effects, Written},
    last_admin::refuse_last_organization_admin,
    memberships::find,
    organizations::find as find_organization,
    pieces::{self, Cut},
    users::find as find_user,
};
use crate::{
    columns,
    failure::from_diesel,
    rows::{self, MemberRow, UserSizeRow},
    schema::{memberships, organizations, stored_memberships, users},
};
use apikey_domain::{
    change::{Change, Membership, Transition},
    error::{PortError, Unique},
    identifier::{PrincipalId, UserId},
    identity::organization::{Member, Role, Standing},
    listing::{Page, Piece, Window},
    timestamp::Timestamp,
};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods,
    OptionalExtension, QueryDsl,
};
use diesel_async::RunQueryDsl;

pub(super) async fn standing(
    connection: &mut Connection,
    user_id: UserId,
    principal_id: PrincipalId,
) -> Result<Standing, PortError> {
    let present = users::table
        .filter(users::id.eq(user_id.0))
        .select(users::id);
    let membership = stored_memberships::organization_id
        .eq(organizations::principal_id)
        .and(stored_memberships::user_id.eq_any(present));
    let role: Option<Option<String>> = organizations::table
        .left_join(stored_memberships::table.on(membership))
        .filter(organizations::principal_id.eq(principal_id.0))
        .select(stored_memberships::role.nullable())
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    let is_organization = role.is_some();
    let role = role.flatten().map(|role| Role::parse(&role)).transpose();
    let role = role.map_err(|invalid| PortError::Corrupt(format!("memberships: {invalid}")))?;
    Ok(Standing {
        is_organization,
        role,
    })
}

pub(super) async fn list(
    connection: &mut Connection,
    organization_id: PrincipalId,
    window: Window,
) -> Result<Page<Member>, PortError> {
    // The ids alone: to pass over the members before them takes an index and no user.
    let ids: Vec<i64> = memberships::table
        .filter(memberships::organization_id.eq(organization_id.0))
        .select(memberships::user_id)
        .order_by(memberships::user_id.asc())
        .offset(window.offset)
        .limit(i64::from(window.limit))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let total = match window.known_total(ids.len()) {
        Some(total) => total,
        None => count(connection, organization_id).await?,
    };
    let Piece { items, rest } = some(connection, organization_id, &ids).await?;
    Ok(Page { items, rest, total })
}

/// Reads members by the ids of their users, those after one of them, and where the next
/// ones begin.
pub(super) async fn list_after(
    connection: &mut Connection,
    organization_id: PrincipalId,
    after: Option<UserId>,
    limit: u32,
) -> Result<(Piece<Member>, Option<UserId>), PortError> {
    let mut ids: Vec<i64> = memberships::table
        .filter(memberships::organization_id.eq(organization_id.0))
        .filter(memberships::user_id.gt(after.map_or(i64::MIN, |after| after.0)))
        .select(memberships::user_id)
        .order_by(memberships::user_id.asc())
        .limit(i64::from(limit) + 1)
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let is_last = ids.len() <= limit as usize;
    ids.truncate(limit as usize);
    let next = ids.last().filter(|_| !is_last).copied().map(UserId);
    let piece = some(connection, organization_id, &ids).await?;
    Ok((piece, next))
}

async fn count(
    connection: &mut Connection,
    organization_id: PrincipalId,
) -> Result<u64, PortError> {
    let count: i64 = memberships::table
        .filter(memberships::organization_id.eq(organization_id.0))
        .count()
        .get_result(connection)
        .await
        .map_err(from_diesel)?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Reads the members with these user ids, as many as fit a piece.
pub(super) async fn some(
    connection: &mut Connection,
    organization_id: PrincipalId,
    ids: &[i64],
) -> Result<Piece<Member>, PortError> {
    let (candidates, later) = pieces::candidates(ids);
    let sizes: Vec<UserSizeRow> = memberships::table
        .inner_join(users::table)
        .filter(memberships::organization_id.eq(organization_id.0))
        .filter(memberships::user_id.eq_any(candidates))
        .select(columns::member_size())
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let cut = pieces::cut_as(sizes, candidates, later);
    read(connection, organization_id, cut).await
}

async fn read(
    connection: &mut Connection,
    organization_id: PrincipalId,
    cut: Cut,
) -> Result<Piece<Member>, PortError> {
    let rows: Vec<MemberRow> = memberships::table
        .inner_join(users::table)
        .filter(memberships::organization_id.eq(organization_id.0))
        .filter(memberships::user_id.eq_any(&cut.now))
        .select(columns::MEMBER)
        .load(connection)
        .await
        .map_err(from_diesel)?;
    Ok(Piece {
        items: pieces::sorted_as(rows::all(rows)?, &cut.now, |id: UserId| id.0),
        rest: cut.rest.into_iter().map(UserId).collect(),
    })
}

pub(super) async fn add(
    connection: &mut Connection,
    at: Timestamp,
    membership: Membership,
) -> Written<Option<Member>> {
    let Membership {
        organization_id,
        user_id,
        role,
    } = membership;
    let organization = find_organization(connection, organization_id).await?;
    let user = find_user(connection, user_id).await?;
    if organization.is_none() || user.is_none() {
        return Ok((None, Effects::none()));
    }
    let added = diesel::insert_into(stored_memberships::table)
        .values((
            stored_memberships::organization_id.eq(organization_id.0),
            stored_memberships::user_id.eq(user_id.0),
            stored_memberships::role.eq(role.as_str()),
            stored_memberships::created_at.eq(at.microseconds()),
        ))
        .on_conflict_do_nothing()
        .execute(connection)
        .await?;
    if added == 0 {
        return Err(PortError::Duplicate(Unique::Member).into());
    }
    let member = find(connection, organization_id, user_id).await?;
    let added = Change::Member(Transition::Created(membership));
    Ok((member, Effects::changed([added])))
}

/// Runs under the lock of the organization's principal, because other transactions count
/// the admins.
pub(super) async fn update(
    connection: &mut Connection,
    after: Membership,
) -> Written<Option<Member>> {
    let Membership {
        organization_id,
        user_id,
        role,
    } = after;
    if role != Role::Admin {
        refuse_last_organization_admin(connection, organization_id, user_id).await?;
    }
    let Some(mut member) = find(connection, organization_id, user_id).await? else {
        return Ok((None, Effects::none()));
    };
    if member.role == role {
        return Ok((Some(member), Effects::repeat()));
    }
    diesel::update(stored_memberships::table.find((organization_id.0, user_id.0)))
        .set(stored_memberships::role.eq(role.as_str()))
        .execute(connection)
        .await?;
    let before = Membership {
        role: std::mem::replace(&mut member.role, role),
        ..after
    };
    let updated = Change::Member(Transition::Updated { before, after });
    Ok((Some(member), Effects::changed([updated])))
}

/// Runs under the lock of the organization's principal.
pub(super) async fn remove(
    connection: &mut Connection,
    organization_id: PrincipalId,
    user_id: UserId,
) -> Written<bool> {
    refuse_last_organization_admin(connection, organization_id, user_id).await?;
    let Some(member) = find(connection, organization_id, user_id).await? else {
        return Ok((false, Effects::repeat()));
    };
    diesel::delete(stored_memberships::table.find((organization_id.0, user_id.0)))
        .execute(connection)
        .await?;
    let removed = Change::Member(Transition::Deleted(Membership {
        organization_id,
        user_id,
        role: member.role,
    }));
    Ok((true, Effects::changed([removed])))
}
