//! Refuses what would leave the platform or an organization without an admin.

use super::{connection::Connection, memberships::find};
use crate::{
    failure::Failure,
    schema::{memberships, stored_users},
};
use apikey_domain::{
    access::policy::last_admin,
    error::PortError,
    identifier::{PrincipalId, UserId},
    identity::organization::Role,
};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult,
    dsl::{exists, not, sql},
    sql_types::Bool,
};
use diesel_async::RunQueryDsl;

/// The id of no user.
const NOBODY: i64 = 0;

/// Refuses to delete, demote or deactivate this active platform admin if they are the
/// last one. The caller holds the lock of the platform admins.
pub(super) async fn refuse_last_platform_admin(
    connection: &mut Connection,
    id: UserId,
) -> Result<(), Failure> {
    let others = platform_admins_but(connection, Some(id)).await?;
    last_admin::of_platform(others).map_err(|refusal| PortError::Refused(refusal).into())
}

/// Counts the active platform admins, but for one.
pub(super) async fn platform_admins_but(
    connection: &mut Connection,
    one: Option<UserId>,
) -> QueryResult<u64> {
    // Nobody who is being removed is one. The table has an index of these alone.
    let admins: i64 = stored_users::table
        .filter(stored_users::is_admin)
        .filter(stored_users::is_active)
        .filter(stored_users::id.ne(one.map_or(NOBODY, |id| id.0)))
        .count()
        .get_result(connection)
        .await?;
    Ok(u64::try_from(admins).unwrap_or_default())
}

/// Counts the admins of an organization, but for one.
pub(super) async fn organization_admins_but(
    connection: &mut Connection,
    organization_id: PrincipalId,
    one: Option<UserId>,
) -> QueryResult<u64> {
    let admins: i64 = memberships::table
        .filter(memberships::organization_id.eq(organization_id.0))
        .filter(sql::<Bool>("role = 'admin'"))
        .filter(memberships::user_id.ne(one.map_or(NOBODY, |id| id.0)))
        .count()
        .get_result(connection)
        .await?;
    Ok(u64::try_from(admins).unwrap_or_default())
}

/// Refuses to remove or demote this member if they are the last admin. The caller holds
/// the lock of the organization's principal, so that two admins who remove each other
/// take turns.
pub(super) async fn refuse_last_organization_admin(
    connection: &mut Connection,
    organization_id: PrincipalId,
    user_id: UserId,
) -> Result<(), Failure> {
    let Some(member) = find(connection, organization_id, user_id).await? else {
        return Ok(());
    };
    let others = organization_admins_but(connection, organization_id, Some(user_id)).await?;
    last_admin::of_organization(organization_id, member.role, others)
        .map_err(|refusal| PortError::Refused(refusal).into())
}

/// Refuses if the user is the last admin of an organization. The caller holds the locks
/// of the principals of all of their organizations.
pub(super) async fn refuse_last_admin_of_any_organization(
    connection: &mut Connection,
    user_id: UserId,
) -> Result<(), Failure> {
    let others = diesel::alias!(memberships as others);
    // The word, not a parameter: an index has only the admins.
    let other_admin = others
        .filter(sql::<Bool>("others.role = 'admin'"))
        .filter(others.field(memberships::user_id).ne(user_id.0))
        .filter(
            others
                .field(memberships::organization_id)
                .eq(memberships::organization_id),
        );
    let first: Option<i64> = memberships::table
        .filter(memberships::user_id.eq(user_id.0))
        .filter(memberships::role.eq(Role::Admin.as_str()))
        .filter(not(exists(other_admin)))
        .select(memberships::organization_id)
        .order_by(memberships::organization_id)
        .limit(1)
        .get_result(connection)
        .await
        .optional()?;
    let Some(organization_id) = first.map(PrincipalId) else {
        return Ok(());
    };
    last_admin::of_organization(organization_id, Role::Admin, 0)
        .map_err(|refusal| PortError::Refused(refusal).into())
}
