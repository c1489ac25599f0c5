//! Marks users and organizations that have much, in the writer's transaction: from then
//! on they are not there for anybody, and what they have goes in pieces.
//!
//! The transaction is short, whatever they have. Other nodes wait for it as for any
//! deletion: it holds the locks of the rows that it marks.

use super::{connection::Connection, key_counts, pieces};
use crate::{
    columns,
    failure::Failure,
    rows::{ApiKeySizeRow, UsernameColumns},
    schema::{
        api_keys, key_users, principals, stored_memberships, stored_organizations, stored_users,
    },
};
use apikey_domain::{
    identifier::{PrincipalId, UserId},
    identity::user::User,
    timestamp::Timestamp,
};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;

/// How many keys and memberships are deleted in one transaction at most.
pub(super) const MOST_AT_ONCE: u32 = 500;

/// A password hash that no password has.
const NO_PASSWORD: &str = "removed";

/// Returns whether a user has more than one transaction deletes: more keys and
/// memberships, or longer texts.
pub(super) async fn owns_much(connection: &mut Connection, user: &User) -> Result<bool, Failure> {
    let owner = user.principal_id;
    let keys = key_counts::of_user(connection, user.id).await?
        + key_counts::owned_by(connection, owner).await?;
    // Most of them count twice.
    if keys > 2 * u64::from(MOST_AT_ONCE) {
        return Ok(true);
    }
    let keys: Vec<ApiKeySizeRow> = api_keys::table
        .inner_join(key_users::table)
        .filter(
            api_keys::user_id
                .eq(user.id.0)
                .or(api_keys::owner_principal_id.eq(owner.0)),
        )
        .select(columns::api_key_size())
        .load(connection)
        .await?;
    let fitting = pieces::fitting_batch(&keys);
    let memberships = memberships_of(connection, user.id).await?;
    Ok(fitting < keys.len() || keys.len() + memberships > MOST_AT_ONCE as usize)
}

/// Returns whether an organization has more members than one transaction deletes.
pub(super) async fn has_many_members(
    connection: &mut Connection,
    id: PrincipalId,
) -> Result<bool, Failure> {
    let some: Vec<i64> = stored_memberships::table
        .filter(stored_memberships::organization_id.eq(id.0))
        .select(stored_memberships::user_id)
        .limit(i64::from(MOST_AT_ONCE) + 1)
        .load(connection)
        .await?;
    Ok(some.len() > MOST_AT_ONCE as usize)
}

/// Takes from a user their name, password and rights. Nodes of an earlier release, which
/// do not know the mark, see somebody who may do nothing.
pub(super) async fn mark_user(
    connection: &mut Connection,
    at: Timestamp,
    user: &User,
) -> Result<(), Failure> {
    // No new name ends with a blank, and this one is not given to sign in.
    let given_away = format!("removed user {} ", user.id);
    diesel::update(stored_users::table.find(user.id.0))
        .set((
            UsernameColumns::stored(given_away),
            stored_users::removed_username.eq(user.username.as_str()),
            stored_users::removed_at.eq(at.microseconds()),
            stored_users::password_hash.eq(NO_PASSWORD),
            stored_users::is_admin.eq(false),
            stored_users::is_active.eq(false),
        ))
        .execute(connection)
        .await?;
    mark_principal(connection, at, user.principal_id).await
}

/// Takes from an organization its slug, and so its members' rights in it.
pub(super) async fn mark_organization(
    connection: &mut Connection,
    at: Timestamp,
    id: PrincipalId,
) -> Result<(), Failure> {
    // Valid, because nodes of an earlier release read it, and nobody guesses it.
    let slug = format!("removed-{id}-{}", at.microseconds().unsigned_abs());
    diesel::update(stored_organizations::table.find(id.0))
        .set((
            stored_organizations::slug.eq(slug),
            stored_organizations::removed_at.eq(at.microseconds()),
        ))
        .execute(connection)
        .await?;
    mark_principal(connection, at, id).await
}

async fn mark_principal(
    connection: &mut Connection,
    at: Timestamp,
    id: PrincipalId,
) -> Result<(), Failure> {
    diesel::update(principals::table.find(id.0))
        .set(principals::removed_at.eq(at.microseconds()))
        .execute(connection)
        .await?;
    Ok(())
}

async fn memberships_of(connection: &mut Connection, id: UserId) -> Result<usize, Failure> {
    let some: Vec<i64> = stored_memberships::table
        .filter(stored_memberships::user_id.eq(id.0))
        .select(stored_memberships::organization_id)
        .limit(i64::from(MOST_AT_ONCE) + 1)
        .load(connection)
        .await?;
    Ok(some.len())
}
