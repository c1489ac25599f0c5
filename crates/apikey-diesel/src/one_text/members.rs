//! Reading and writing memberships. Writes run within the writer's
//! transaction.

use super::{
    Connection, backend,
    writer::{Done, Written},
};
use crate::{
    columns,
    failure::{Failure, from_diesel},
    rows::{self, MemberRow},
    schema::{memberships, organizations, users},
};
use apikey_domain::{
    access::policy::last_admin,
    change::{Change, Membership, Transition, attribution::Attribution},
    error::{PortError, Unique},
    identifier::{PrincipalId, UserId},
    identity::organization::{Member, Role, Standing},
    listing::{Page, Window},
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
    let theirs = memberships::organization_id
        .eq(organizations::principal_id)
        .and(memberships::user_id.eq(user_id.0));
    let role: Option<Option<String>> = organizations::table
        .left_join(memberships::table.on(theirs))
        .filter(organizations::principal_id.eq(principal_id.0))
        .select(memberships::role.nullable())
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
    let found: Vec<MemberRow> = memberships::table
        .inner_join(users::table)
        .filter(memberships::organization_id.eq(organization_id.0))
        .select(columns::MEMBER)
        .order_by(memberships::user_id.asc())
        .offset(window.offset)
        .limit(i64::from(window.limit))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let total: i64 = memberships::table
        .filter(memberships::organization_id.eq(organization_id.0))
        .count()
        .get_result(connection)
        .await
        .map_err(from_diesel)?;
    Ok(Page {
        items: rows::all(found)?,
        total: u64::try_from(total).unwrap_or_default(),
    })
}

async fn find(
    connection: &mut Connection,
    organization_id: PrincipalId,
    user_id: UserId,
) -> Result<Option<Member>, PortError> {
    let row: Option<MemberRow> = memberships::table
        .inner_join(users::table)
        .filter(memberships::organization_id.eq(organization_id.0))
        .filter(memberships::user_id.eq(user_id.0))
        .select(columns::MEMBER)
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    row.map(Member::try_from).transpose()
}

pub(super) async fn add(
    connection: &mut Connection,
    by: Attribution,
    membership: Membership,
) -> Written<Option<Member>> {
    let Membership {
        organization_id,
        user_id,
        role,
    } = membership;
    let organization = super::organizations::find(connection, organization_id).await?;
    let user = super::users::find(connection, user_id).await?;
    if organization.is_none() || user.is_none() {
        return Ok((None, Done::nothing()));
    }
    let added = diesel::insert_into(memberships::table)
        .values((
            memberships::organization_id.eq(organization_id.0),
            memberships::user_id.eq(user_id.0),
            memberships::role.eq(role.as_str()),
            memberships::created_at.eq(by.at.microseconds()),
        ))
        .on_conflict_do_nothing()
        .execute(connection)
        .await?;
    if added == 0 {
        return Err(PortError::Duplicate(Unique::Member).into());
    }
    let member = find(connection, organization_id, user_id).await?;
    let added = Change::Member(Transition::Created(membership));
    Ok((member, Done::changed([added])))
}

pub(super) async fn update(
    connection: &mut Connection,
    after: Membership,
) -> Written<Option<Member>> {
    let Membership {
        organization_id,
        user_id,
        role,
    } = after;
    // Also a promotion takes its turn: others count the admins meanwhile.
    backend::lock_principal(connection, organization_id.0).await?;
    if role != Role::Admin {
        refuse_last_admin(connection, organization_id, user_id).await?;
    }
    let Some(mut member) = find(connection, organization_id, user_id).await? else {
        return Ok((None, Done::nothing()));
    };
    if member.role == role {
        return Ok((Some(member), Done::found()));
    }
    diesel::update(memberships::table.find((organization_id.0, user_id.0)))
        .set(memberships::role.eq(role.as_str()))
        .execute(connection)
        .await?;
    let before = Membership {
        role: std::mem::replace(&mut member.role, role),
        ..after
    };
    let updated = Change::Member(Transition::Updated { before, after });
    Ok((Some(member), Done::changed([updated])))
}

pub(super) async fn remove(
    connection: &mut Connection,
    organization_id: PrincipalId,
    user_id: UserId,
) -> Written<bool> {
    refuse_last_admin(connection, organization_id, user_id).await?;
    let Some(member) = find(connection, organization_id, user_id).await? else {
        return Ok((false, Done::found()));
    };
    diesel::delete(memberships::table.find((organization_id.0, user_id.0)))
        .execute(connection)
        .await?;
    let removed = Change::Member(Transition::Deleted(Membership {
        organization_id,
        user_id,
        role: member.role,
    }));
    Ok((true, Done::changed([removed])))
}

/// The ends of these memberships, which go with the organization or the user.
pub(super) fn ended(
    memberships: Vec<(i64, i64, String)>,
) -> Result<impl Iterator<Item = Change>, PortError> {
    let ended = memberships
        .into_iter()
        .map(|(organization_id, user_id, role)| {
            let role = Role::parse(&role)
                .map_err(|invalid| PortError::Corrupt(format!("memberships: {invalid}")))?;
            Ok(Change::Member(Transition::Deleted(Membership {
                organization_id: PrincipalId(organization_id),
                user_id: UserId(user_id),
                role,
            })))
        });
    let ended: Result<Vec<_>, PortError> = ended.collect();
    Ok(ended?.into_iter())
}

/// Refuses to lose this member when they are the last admin. Holds the
/// organization until the transaction ends, so that two admins who remove each
/// other take turns.
pub(super) async fn refuse_last_admin(
    connection: &mut Connection,
    organization_id: PrincipalId,
    user_id: UserId,
) -> Result<(), Failure> {
    backend::lock_principal(connection, organization_id.0).await?;
    let Some(member) = find(connection, organization_id, user_id).await? else {
        return Ok(());
    };
    let others: i64 = memberships::table
        .filter(memberships::organization_id.eq(organization_id.0))
        .filter(memberships::role.eq(Role::Admin.as_str()))
        .filter(memberships::user_id.ne(user_id.0))
        .count()
        .get_result(connection)
        .await?;
    let others = u64::try_from(others).unwrap_or_default();
    last_admin::of_organization(organization_id, member.role, others)
        .map_err(|refusal| PortError::Refused(refusal).into())
}
