//! Deletes users, in the writer's transaction.

use super::{
    backend,
    connection::Connection,
    job::{Effects, Written},
    last_admin::{refuse_last_admin_of_any_organization, refuse_last_platform_admin},
    memberships::ended,
    removal_marks,
    users::find,
};
use crate::{
    columns,
    failure::Failure,
    row_lock::{Row, RowLocks, Strength},
    rows::{self, ApiKeyRow},
    schema::{
        api_key_uses, api_keys, key_users, memberships, principals, stored_memberships,
        stored_users,
    },
};
use apikey_domain::{
    access::policy::last_admin,
    change::{Change, KeyEvent, Transition},
    identifier::UserId,
    identity::user::User,
    key::api_key::ApiKey,
    timestamp::Timestamp,
};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;

/// Deletes a user: with all they have if that is little; else they are marked, and no
/// longer there for anybody, and the rest goes in pieces. Runs under the lock of the
/// platform admins.
pub(super) async fn delete(
    connection: &mut Connection,
    at: Timestamp,
    id: UserId,
) -> Written<bool> {
    let Some(user) = find(connection, id).await? else {
        return Ok((false, Effects::repeat()));
    };
    if last_admin::is_active_admin(&user) {
        refuse_last_platform_admin(connection, id).await?;
    }
    // A membership or key that is being created for them waits for the locks that the
    // transaction began with, or is seen below.
    lock_organizations_of(connection, id).await?;
    refuse_last_admin_of_any_organization(connection, id).await?;
    let mut changed = Vec::new();
    if removal_marks::owns_much(connection, &user).await? {
        removal_marks::mark_user(connection, at, &user).await?;
    } else {
        changed = delete_with_all(connection, &user).await?;
    }
    changed.push(Change::User(Transition::Deleted(user)));
    Ok((true, Effects::changed(changed)))
}

/// Deletes a user with all they have, and returns what was deleted with them.
async fn delete_with_all(connection: &mut Connection, user: &User) -> Result<Vec<Change>, Failure> {
    let memberships: Vec<(i64, i64, String)> = stored_memberships::table
        .filter(stored_memberships::user_id.eq(user.id.0))
        .select(columns::MEMBERSHIP)
        .order_by(stored_memberships::organization_id)
        .load(connection)
        .await?;
    let mut changed = delete_keys(connection, user).await?;
    changed.extend(ended(memberships)?);
    diesel::delete(stored_users::table.find(user.id.0))
        .execute(connection)
        .await?;
    diesel::delete(principals::table.find(user.principal_id.0))
        .execute(connection)
        .await?;
    Ok(changed)
}

/// Deletes the keys of a user and the keys that their principal owns.
async fn delete_keys(connection: &mut Connection, user: &User) -> Result<Vec<Change>, Failure> {
    backend::lock_keys_of(connection, user.id.0, user.principal_id.0).await?;
    let theirs = || {
        api_keys::user_id
            .eq(user.id.0)
            .or(api_keys::owner_principal_id.eq(user.principal_id.0))
    };
    let rows: Vec<ApiKeyRow> = api_keys::table
        .inner_join(key_users::table)
        .left_join(api_key_uses::table)
        .filter(theirs())
        .select(columns::api_key())
        .order_by(api_keys::id.asc())
        .load(connection)
        .await?;
    let keys: Vec<ApiKey> = rows::all(rows)?;
    diesel::delete(api_keys::table.filter(theirs()))
        .execute(connection)
        .await?;
    let deleted = keys.into_iter().map(KeyEvent::Deleted);
    Ok(deleted.map(Change::Key).collect())
}

/// Locks the principals of the organizations of a user, so that nobody counts the admins
/// meanwhile: regardless of the user's role, which another node may be about to change.
async fn lock_organizations_of(connection: &mut Connection, id: UserId) -> Result<(), Failure> {
    let joined: Vec<i64> = memberships::table
        .filter(memberships::user_id.eq(id.0))
        .select(memberships::organization_id)
        .load(connection)
        .await?;
    let mut locks = RowLocks::default();
    for organization_id in joined {
        locks.add(Row::Principal(organization_id), Strength::Update);
    }
    Ok(backend::lock_rows(connection, &locks).await?)
}
