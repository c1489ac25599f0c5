//! Writes keys, in the writer's transaction.

use super::{
    backend,
    connection::Connection,
    credentials,
    job::{Effects, Written},
    key_change,
};
use crate::{
    columns,
    failure::{Failure, from_diesel, unavailable},
    rows::{ApiKeyRow, NewApiKeyRow},
    schema::{api_key_uses, api_keys, key_users},
};
use apikey_domain::{
    access::policy::KeyReach,
    change::{Change, KeyEvent, Protocol},
    error::{PortError, Unique},
    identifier::{ApiKeyId, PrincipalId, UserId},
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
        credential::CredentialNumber,
        key_name::KeyName,
    },
    timestamp::Timestamp,
    verification::last_use::latest_credible,
};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult};
use diesel_async::RunQueryDsl;

/// Stores a key. One that it replaces is revoked before.
pub(super) async fn create(connection: &mut Connection, new: &NewApiKey) -> Written<ApiKey> {
    if new.secret_digest.foreign().is_some() {
        key_change::require_protocol(connection, Protocol::FOREIGN_DIGESTS).await?;
    }
    let replaced = replaced(connection, new).await?;
    let created = create_together(connection, &[new]).await?.pop();
    let created = created.unwrap_or_else(|| Err(unavailable("no key was created")));
    let key = match (created, &replaced) {
        (Ok(key), _) => key,
        (Err(error), None) => return Err(error.into()),
        // What was written is to be rolled back.
        (Err(error), Some(_)) => return Err(Failure::Store(error)),
    };
    let mut effects = creation(&key);
    effects.changes.splice(0..0, replaced);
    Ok((key, effects))
}

/// Revokes the key that a new one replaces, if that is what becomes of it. Returns this
/// change.
async fn replaced(connection: &mut Connection, new: &NewApiKey) -> Result<Option<Change>, Failure> {
    let Some(id) = new.replaces else {
        return Ok(None);
    };
    let before = find_within(connection, id, None).await?;
    let after = before.as_ref().and_then(|before| new.superseded(before));
    let Some((before, after)) = before.zip(after) else {
        return Ok(None);
    };
    credentials::check_free(connection, &new.access_key).await?;
    key_change::become_new(connection, before, &after, None)
        .await
        .map(Some)
}

/// Stores keys in their order. Returns for each the key that was stored, or why it was
/// not.
pub(super) async fn create_together(
    connection: &mut Connection,
    new: &[&NewApiKey],
) -> Result<Vec<Result<ApiKey, PortError>>, Failure> {
    let are_free = credentials::are_free(connection, new).await?;
    let free = new.iter().zip(&are_free).filter(|(_, is_free)| **is_free);
    let rows = free.map(|(new, _)| NewApiKeyRow::from(*new)).collect();
    let mut stored = backend::insert_keys(connection, rows).await?.into_iter();
    let mut created = Vec::with_capacity(new.len());
    for (new, is_free) in new.iter().zip(are_free) {
        let stored = if is_free {
            stored.next().flatten()
        } else {
            None
        };
        let Some(row) = stored else {
            let unique = conflict(connection, new).await?;
            created.push(Err(match unique {
                Some(unique) => PortError::Duplicate(unique),
                None => unavailable("what the key collided with has gone meanwhile"),
            }));
            continue;
        };
        let user = row.username.zip(row.is_system);
        let (user_name, user_is_system) = user.ok_or(PortError::OwnerGone)?;
        let new = NewApiKey::clone(new);
        created.push(Ok(new.stored(ApiKeyId(row.id), user_name, user_is_system)));
    }
    Ok(created)
}

/// Returns the effects of a creation.
pub(super) fn creation(key: &ApiKey) -> Effects {
    Effects::changed([Change::Key(KeyEvent::Created(key.clone()))])
}

/// Returns which of the two unique values a key has; the name takes precedence. None if
/// what had it has gone meanwhile.
async fn conflict(connection: &mut Connection, new: &NewApiKey) -> Result<Option<Unique>, Failure> {
    let holder = (new.user_id, new.owner_principal_id);
    if named(connection, holder, &new.name).await?.is_some() {
        return Ok(Some(Unique::KeyName));
    }
    let is_taken = credentials::is_taken(connection, &new.access_key).await?;
    Ok(is_taken.then_some(Unique::AccessKey))
}

pub(super) async fn update(
    connection: &mut Connection,
    at: Timestamp,
    id: ApiKeyId,
    reach: &KeyReach,
    changes: &ApiKeyChanges,
) -> Written<Option<ApiKey>> {
    let Some(before) = find_within(connection, id, Some(reach)).await? else {
        return Ok((None, Effects::none()));
    };
    let after = reach.changed(&before, changes, at);
    let Some(after) = after.map_err(PortError::from)? else {
        return Ok((Some(before), Effects::repeat()));
    };
    if after.name != before.name
        && let holder = (after.user_id, after.owner_principal_id)
        && named(connection, holder, &after.name).await?.is_some()
    {
        return Err(PortError::Duplicate(Unique::KeyName).into());
    }
    let change = key_change::become_new(connection, before, &after, changes.step.as_ref()).await?;
    Ok((Some(after), Effects::changed([change])))
}

/// Returns the key that has this name, for a user in a principal.
pub(super) async fn find_named(
    connection: &mut Connection,
    holder: (UserId, PrincipalId),
    name: &KeyName,
) -> Result<Option<ApiKeyId>, PortError> {
    named(connection, holder, name).await.map_err(from_diesel)
}

/// Returns which of these names keys of a user for an owner have.
pub(super) async fn taken_names(
    connection: &mut Connection,
    (user_id, owner): (UserId, PrincipalId),
    names: Vec<&str>,
) -> Result<Vec<String>, PortError> {
    api_keys::table
        .filter(api_keys::user_id.eq(user_id.0))
        .filter(api_keys::owner_principal_id.eq(owner.0))
        .filter(api_keys::name.eq_any(names))
        .filter(api_keys::name_freed.eq(0))
        .select(api_keys::name)
        .load(connection)
        .await
        .map_err(from_diesel)
}

/// The same in a transaction.
async fn named(
    connection: &mut Connection,
    (user_id, owner): (UserId, PrincipalId),
    name: &KeyName,
) -> QueryResult<Option<ApiKeyId>> {
    let id: Option<i64> = api_keys::table
        .filter(api_keys::user_id.eq(user_id.0))
        .filter(api_keys::owner_principal_id.eq(owner.0))
        .filter(api_keys::name.eq(name.as_str()))
        .filter(api_keys::name_freed.eq(0))
        .select(api_keys::id)
        .get_result(connection)
        .await
        .optional()?;
    Ok(id.map(ApiKeyId))
}

/// Records a use of these keys. A use is not a change: it writes no event.
pub(super) async fn record_uses(
    connection: &mut Connection,
    ids: &[ApiKeyId],
    at: Timestamp,
) -> Written<()> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let latest = latest_credible(at).microseconds();
    backend::record_uses(connection, ids, at.microseconds(), latest).await?;
    Ok(((), Effects::none()))
}

/// Records a use of these credentials, beside those of their keys.
pub(super) async fn record_credential_uses(
    connection: &mut Connection,
    used: &[(ApiKeyId, CredentialNumber)],
    at: Timestamp,
) -> Written<()> {
    let latest = latest_credible(at).microseconds();
    credentials::record_uses(connection, used, at.microseconds(), latest).await?;
    Ok(((), Effects::none()))
}

pub(super) async fn delete(
    connection: &mut Connection,
    id: ApiKeyId,
    reach: &KeyReach,
) -> Written<Option<ApiKey>> {
    let Some(key) = find_within(connection, id, Some(reach)).await? else {
        return Ok((None, Effects::repeat()));
    };
    diesel::delete(api_keys::table.find(id.0))
        .execute(connection)
        .await?;
    let change = Change::Key(KeyEvent::Deleted(key.clone()));
    Ok((Some(key), Effects::changed([change])))
}

/// Returns the key `id` if it is within `reach`.
pub(super) async fn find(
    connection: &mut Connection,
    id: ApiKeyId,
    reach: &KeyReach,
) -> Result<Option<ApiKey>, PortError> {
    Ok(find_within(connection, id, Some(reach)).await?)
}

/// Returns the key `id`, whosever it is.
pub(super) async fn find_any(
    connection: &mut Connection,
    id: ApiKeyId,
) -> Result<Option<ApiKey>, PortError> {
    Ok(find_within(connection, id, None).await?)
}

/// Returns whether there is no such key within `reach`. Then its deletion may not be
/// acknowledged yet.
pub(super) async fn absent(
    connection: &mut Connection,
    id: ApiKeyId,
    reach: &KeyReach,
) -> Written<bool> {
    match find_within(connection, id, Some(reach)).await? {
        Some(_) => Ok((false, Effects::none())),
        None => Ok((true, Effects::repeat())),
    }
}

/// Returns the key `id` if it is within `reach`, if there is one. A writer holds its lock.
async fn find_within(
    connection: &mut Connection,
    id: ApiKeyId,
    reach: Option<&KeyReach>,
) -> Result<Option<ApiKey>, Failure> {
    let mut query = api_keys::table
        .inner_join(key_users::table)
        .left_join(api_key_uses::table)
        .filter(api_keys::id.eq(id.0))
        .select(columns::api_key())
        .into_boxed();
    if let Some(user_id) = reach.and_then(KeyReach::user_id) {
        query = query.filter(api_keys::user_id.eq(user_id.0));
    }
    if let Some(owner) = reach.and_then(KeyReach::owner_principal_id) {
        query = query.filter(api_keys::owner_principal_id.eq(owner.0));
    }
    if reach.is_some_and(KeyReach::leaves_out_system_users) {
        query = query.filter(key_users::is_system.eq(false));
    }
    let row: Option<ApiKeyRow> = query.get_result(connection).await.optional()?;
    let mut key = row.map(ApiKey::try_from).transpose()?;
    credentials::add_uses(connection, key.as_mut()).await?;
    Ok(key)
}
