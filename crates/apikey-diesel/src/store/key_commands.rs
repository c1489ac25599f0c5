//! Writes keys, in the writer's transaction.

use super::{
    backend,
    connection::Connection,
    credentials,
    job::{Effects, Written},
};
use crate::{
    columns,
    failure::{Failure, from_diesel, unavailable},
    rows::{self, ApiKeyRow, KeyNameColumns, LifeColumns, NewApiKeyRow},
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
        rotation::Step,
    },
    timestamp::Timestamp,
    verification::last_use::latest_credible,
};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult};
use diesel_async::RunQueryDsl;

pub(super) async fn create(connection: &mut Connection, new: &NewApiKey) -> Written<ApiKey> {
    let created = create_together(connection, &[new]).await?.pop();
    let key = created.unwrap_or_else(|| Err(unavailable("no key was created")))?;
    let effects = creation(&key);
    Ok((key, effects))
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
    let Some(before) = find_within(connection, id, reach).await? else {
        return Ok((None, Effects::none()));
    };
    let after = reach.changed(&before, changes, at);
    let Some(after) = after.map_err(PortError::from)? else {
        return Ok((Some(before), Effects::repeat()));
    };
    let is_renamed = after.name != before.name;
    let has_new_life = after.withdrawal() != before.withdrawal()
        || after.expires_at != before.expires_at
        || after.metadata != before.metadata
        || after.rotated != before.rotated
        || after.self_rotation != before.self_rotation;
    if is_renamed
        && let holder = (after.user_id, after.owner_principal_id)
        && named(connection, holder, &after.name).await?.is_some()
    {
        return Err(PortError::Duplicate(Unique::KeyName).into());
    }
    let change = Change::Key(KeyEvent::Updated {
        before: before.clone(),
        after: after.clone(),
    });
    require_protocol(connection, change.protocol()).await?;
    if let Some(Step::Rotate(new)) = &changes.step
        && new.origin.is_custom()
    {
        credentials::check_free(connection, &new.access_key).await?;
    }
    if let Some(step) = &changes.step {
        credentials::store(connection, &before, &after, step).await?;
    }
    // An index is written whose column is named, also with the value that it has.
    let name = is_renamed.then(|| KeyNameColumns::from(&after.name));
    let life = has_new_life.then(|| LifeColumns::of(&after)).transpose()?;
    diesel::update(api_keys::table.find(id.0))
        .set((
            name,
            life,
            api_keys::description.eq(after.description.as_ref().map(|text| text.as_str())),
            api_keys::scope.eq(rows::scope_column(&after.scope)),
            api_keys::allowed_model_names.eq(rows::model_names_column(&after.allowed_model_names)),
            api_keys::updated_at.eq(after.updated_at.microseconds()),
        ))
        .execute(connection)
        .await?;
    Ok((Some(after), Effects::changed([change])))
}

/// Refuses what a node of an earlier release that holds a lease would not know to end.
async fn require_protocol(connection: &mut Connection, protocol: Protocol) -> Result<(), Failure> {
    let number = protocol.number();
    if protocol > Protocol::FIRST && backend::has_node_before(connection, number).await? {
        return Err(PortError::OlderNodes.into());
    }
    Ok(())
}

/// Returns the key that has this name, for a user in a principal.
pub(super) async fn find_named(
    connection: &mut Connection,
    holder: (UserId, PrincipalId),
    name: &KeyName,
) -> Result<Option<ApiKeyId>, PortError> {
    named(connection, holder, name).await.map_err(from_diesel)
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
    let Some(key) = find_within(connection, id, reach).await? else {
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
    Ok(find_within(connection, id, reach).await?)
}

/// Returns whether there is no such key within `reach`. Then its deletion may not be
/// acknowledged yet.
pub(super) async fn absent(
    connection: &mut Connection,
    id: ApiKeyId,
    reach: &KeyReach,
) -> Written<bool> {
    match find_within(connection, id, reach).await? {
        Some(_) => Ok((false, Effects::none())),
        None => Ok((true, Effects::repeat())),
    }
}

/// Returns the key `id` if it is within `reach`. A writer holds its lock.
async fn find_within(
    connection: &mut Connection,
    id: ApiKeyId,
    reach: &KeyReach,
) -> Result<Option<ApiKey>, Failure> {
    let mut query = api_keys::table
        .inner_join(key_users::table)
        .left_join(api_key_uses::table)
        .filter(api_keys::id.eq(id.0))
        .select(columns::api_key())
        .into_boxed();
    if let Some(user_id) = reach.user_id() {
        query = query.filter(api_keys::user_id.eq(user_id.0));
    }
    if let Some(owner) = reach.owner_principal_id() {
        query = query.filter(api_keys::owner_principal_id.eq(owner.0));
    }
    if reach.leaves_out_system_users() {
        query = query.filter(key_users::is_system.eq(false));
    }
    let row: Option<ApiKeyRow> = query.get_result(connection).await.optional()?;
    let mut key = row.map(ApiKey::try_from).transpose()?;
    credentials::add_uses(connection, key.as_mut()).await?;
    Ok(key)
}
