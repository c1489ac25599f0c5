//! Memberships, for use by organizations, users and members: finding one, and ending
//! several.

use super::connection::Connection;
use crate::{
    columns,
    failure::from_diesel,
    rows::MemberRow,
    schema::{memberships, users},
};
use apikey_domain::{
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

/// Returns the deletions of memberships that end with their organization or user.
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
