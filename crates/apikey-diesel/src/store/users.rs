//! Reads and writes users. Writes run in the writer's transaction.

use super::{
    connection::Connection,
    job::{Effects, Written},
    last_admin::refuse_last_platform_admin,
    names, sessions,
};
use crate::{
    columns,
    failure::{Failure, from_diesel},
    rows::{self, FullNameColumns, UserRow, UsernameColumns},
    schema::{principals, stored_users, users},
};
use apikey_domain::{
    access::policy::last_admin,
    change::{Change, Transition},
    error::{PortError, Unique},
    identifier::{SessionId, UserId},
    identity::user::{NewUser, User, UserChanges, UserCredential, Username},
    name::composed,
    timestamp::Timestamp,
};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;
use std::collections::BTreeSet;

pub(super) async fn has_any(connection: &mut Connection) -> Result<bool, PortError> {
    let first: Option<i64> = users::table
        .select(users::id)
        .limit(1)
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    Ok(first.is_some())
}

pub(super) async fn find(
    connection: &mut Connection,
    id: UserId,
) -> Result<Option<User>, PortError> {
    let row: Option<UserRow> = users::table
        .find(id.0)
        .select(columns::USER)
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    row.map(User::try_from).transpose()
}

/// Finds users by their ids.
pub(super) async fn find_all(
    connection: &mut Connection,
    ids: BTreeSet<i64>,
) -> Result<Vec<User>, PortError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<UserRow> = users::table
        .filter(users::id.eq_any(ids))
        .select(columns::USER)
        .load(connection)
        .await
        .map_err(from_diesel)?;
    rows::all(found)
}

pub(super) async fn credential(
    connection: &mut Connection,
    username: &str,
) -> Result<Option<UserCredential>, PortError> {
    // PostgreSQL text cannot contain NUL, so no stored text does.
    if username.contains('\0') {
        return Ok(None);
    }
    let found = credential_of(connection, username).await?;
    match composed(username) {
        composed if found.is_none() && composed != username => {
            credential_of(connection, &composed).await
        }
        _ => Ok(found),
    }
}

async fn credential_of(
    connection: &mut Connection,
    username: &str,
) -> Result<Option<UserCredential>, PortError> {
    users::table
        .filter(users::username.eq(username))
        .select((columns::USER, users::password_hash))
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?
        .map(rows::user_credential)
        .transpose()
}

/// Runs under the lock of the platform admins, as everything that gives a username.
pub(super) async fn create_first(
    connection: &mut Connection,
    new: &NewUser,
) -> Written<Option<User>> {
    if has_any(connection).await? {
        return Ok((None, Effects::none()));
    }
    let (user, effects) = create(connection, new).await?;
    Ok((Some(user), effects))
}

pub(super) async fn create(connection: &mut Connection, new: &NewUser) -> Written<User> {
    refuse_taken(connection, &new.username, None).await?;
    let principal_id: i64 = diesel::insert_into(principals::table)
        .values(principals::kind.eq("user"))
        .returning(principals::id)
        .get_result(connection)
        .await?;
    let created_at = new.created_at.microseconds();
    let id: i64 = diesel::insert_into(stored_users::table)
        .values((
            stored_users::principal_id.eq(principal_id),
            UsernameColumns::from(&new.username),
            FullNameColumns::from(new.full_name.as_ref()),
            stored_users::password_hash.eq(new.password_hash.as_str()),
            stored_users::is_admin.eq(new.is_admin),
            stored_users::is_active.eq(new.is_active),
            stored_users::is_system.eq(new.is_system),
            stored_users::require_password_change.eq(new.require_password_change),
            stored_users::created_at.eq(created_at),
            stored_users::updated_at.eq(created_at),
        ))
        .returning(stored_users::id)
        .get_result(connection)
        .await?;
    let user = find(connection, UserId(id)).await?;
    let user = user.ok_or(PortError::OwnerGone)?;
    let created = Change::User(Transition::Created(user.clone()));
    Ok((user, Effects::changed([created])))
}

/// Refuses a username that another user has, or that looks like theirs. Between two
/// nodes the lock decides, and the unique index for one that an earlier release gives.
async fn refuse_taken(
    connection: &mut Connection,
    username: &Username,
    own: Option<UserId>,
) -> Result<(), Failure> {
    let holder: Option<i64> = users::table
        .filter(users::username.eq(username.as_str()))
        .select(users::id)
        .get_result(connection)
        .await
        .optional()?;
    if holder.is_some_and(|id| own != Some(UserId(id))) {
        return Err(PortError::Duplicate(Unique::Username).into());
    }
    if names::has_alike(connection, username.as_str(), own).await? {
        return Err(PortError::Duplicate(Unique::LikeUsername).into());
    }
    Ok(())
}

/// Runs under the lock of the platform admins.
pub(super) async fn update(
    connection: &mut Connection,
    at: Timestamp,
    (id, kept_session): (UserId, Option<SessionId>),
    changes: &UserChanges,
) -> Written<Option<User>> {
    let Some(before) = find(connection, id).await? else {
        return Ok((None, Effects::none()));
    };
    if last_admin::ends_administration(&before, changes) {
        refuse_last_platform_admin(connection, id).await?;
    }
    // Who keeps their name keeps it, whatever it looks like.
    let renamed = changes.username.as_ref();
    let renamed = renamed.filter(|username| **username != before.username);
    if let Some(username) = renamed {
        refuse_taken(connection, username, Some(id)).await?;
    }
    let after = changes.applied_to(&before, at);
    diesel::update(stored_users::table.find(id.0))
        .set((
            renamed.map(UsernameColumns::from),
            FullNameColumns::from(after.full_name.as_ref()),
            stored_users::is_admin.eq(after.is_admin),
            stored_users::is_active.eq(after.is_active),
            stored_users::require_password_change.eq(after.require_password_change),
            stored_users::updated_at.eq(after.updated_at.microseconds()),
        ))
        .execute(connection)
        .await?;
    if let Some(hash) = &changes.password_hash {
        diesel::update(stored_users::table.find(id.0))
            .set(stored_users::password_hash.eq(hash.as_str()))
            .execute(connection)
            .await?;
        sessions::end_all_but(connection, id, kept_session, hash).await?;
    }
    let mut changed = Vec::new();
    if changes.password_hash.is_some() {
        changed.push(Change::Password(after.clone()));
    }
    changed.push(Change::User(Transition::Updated {
        before,
        after: after.clone(),
    }));
    let effects = Effects {
        changes: changed,
        // The user may have lost these rights a moment ago, not yet acknowledged.
        is_repeat: changes.is_revocation(),
    };
    Ok((Some(after), effects))
}
