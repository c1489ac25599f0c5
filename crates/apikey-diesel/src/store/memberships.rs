//! What organizations, users and members share: one membership, the end of
//! several, and the rule of the last admin.

use super::{backend, connection::Connection};
use crate::{
    columns,
    failure::{Failure, from_diesel},
    rows::MemberRow,
    schema::{memberships, users},
};
use apikey_domain::{
    access::policy::last_admin,
    change::{Change, Membership, Transition},
    error::PortError,
    identifier::{PrincipalId, UserId},
    identity::organization::{Member, Role},
};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;

pub(super) async fn find(
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
