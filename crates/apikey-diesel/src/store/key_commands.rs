//! Writes keys, in the writer's transaction.

use super::{
    backend,
    connection::Connection,
    job::{Effects, Written},
};
use crate::{
    columns,
    failure::Failure,
    rows::{self, ApiKeyRow, KeyNameColumns},
    schema::{api_key_uses, api_keys, key_users, users},
};
use apikey_domain::{
    access::policy::KeyReach,
    change::{Change, KeyEvent},
    error::{PortError, Unique},
    identifier::ApiKeyId,
    key::api_key::{ApiKey, ApiKeyChanges, NewApiKey},
    timestamp::Timestamp,
    verification::last_use::latest_credible,
};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;

pub(super) async fn create(connection: &mut Connection, new: &NewApiKey) -> Written<ApiKey> {
    let created_at = new.created_at.microseconds();
    let row = (
        KeyNameColumns::from(&new.name),
        api_keys::description.eq(new.description.as_ref().map(|text| text.as_str())),
        api_keys::user_id.eq(new.user_id.0),
        api_keys::owner_principal_id.eq(new.owner_principal_id.0),
        api_keys::access_key.eq(new.access_key.as_str()),
        api_keys::secret_digest.eq(new.secret_digest.to_text()),
        api_keys::scope.eq(rows::scope_column(&new.scope)),
        api_keys::allowed_model_names.eq(rows::model_names_column(&new.allowed_model_names)),
        api_keys::is_custom.eq(new.origin.is_custom()),
        api_keys::expires_at.eq(rows::expiry_column(new.expires_at)),
        api_keys::created_at.eq(created_at),
        api_keys::updated_at.eq(created_at),
    );
    // With ON CONFLICT DO NOTHING the unique indexes decide, and a conflict does not
    // abort the transaction, which other writes share. The same statement returns the
    // user: another one would be a round trip that all writes wait for.
    let user = || users::table.find(new.user_id.0);
    let created: Option<(i64, Option<String>, Option<bool>)> = diesel::insert_into(api_keys::table)
        .values(row)
        .on_conflict_do_nothing()
        .returning((
            api_keys::id,
            user().select(users::username).single_value(),
            user().select(users::is_system).single_value(),
        ))
        .get_result(connection)
        .await
        .optional()?;
    let Some((id, user_name, user_is_system)) = created else {
        return Err(PortError::Duplicate(conflict(connection, new).await?).into());
    };
    let (user_name, user_is_system) = user_name.zip(user_is_system).ok_or(PortError::OwnerGone)?;
    let key = new.clone().stored(ApiKeyId(id), user_name, user_is_system);
    let change = Change::Key(KeyEvent::Created(key.clone()));
    Ok((key, Effects::changed([change])))
}

/// Returns which of the two unique indexes has the conflict; the name takes
/// precedence.
async fn conflict(connection: &mut Connection, new: &NewApiKey) -> Result<Unique, Failure> {
    let same_name: i64 = api_keys::table
        .filter(api_keys::user_id.eq(new.user_id.0))
        .filter(api_keys::owner_principal_id.eq(new.owner_principal_id.0))
        .filter(api_keys::name.eq(new.name.as_str()))
        .count()
        .get_result(connection)
        .await?;
    Ok(match same_name {
        0 => Unique::AccessKey,
        _ => Unique::KeyName,
    })
}

pub(super) async fn update(
    connection: &mut Connection,
    at: Timestamp,
    id: ApiKeyId,
    reach: KeyReach,
    changes: &ApiKeyChanges,
) -> Written<Option<ApiKey>> {
    let Some(before) = find_within(connection, id, reach).await? else {
        return Ok((None, Effects::none()));
    };
    let Some(after) = changes.applied_to(&before, at) else {
        return Ok((Some(before), Effects::repeat()));
    };
    diesel::update(api_keys::table.find(id.0))
        .set((
            api_keys::description.eq(after.description.as_ref().map(|text| text.as_str())),
            api_keys::scope.eq(rows::scope_column(&after.scope)),
            api_keys::allowed_model_names.eq(rows::model_names_column(&after.allowed_model_names)),
            api_keys::updated_at.eq(after.updated_at.microseconds()),
        ))
        .execute(connection)
        .await?;
    let event = KeyEvent::Updated {
        before,
        after: after.clone(),
    };
    Ok((Some(after), Effects::changed([Change::Key(event)])))
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

pub(super) async fn delete(
    connection: &mut Connection,
    id: ApiKeyId,
    reach: KeyReach,
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

/// Returns whether the key `id` is there and within `reach`.
pub(super) async fn is_there(
    connection: &mut Connection,
    id: ApiKeyId,
    reach: KeyReach,
) -> Result<bool, PortError> {
    Ok(find_within(connection, id, reach).await?.is_some())
}

/// Returns whether it is not. Then its deletion may not be acknowledged yet.
pub(super) async fn absent(
    connection: &mut Connection,
    id: ApiKeyId,
    reach: KeyReach,
) -> Written<bool> {
    match find_within(connection, id, reach).await? {
        Some(_) => Ok((false, Effects::none())),
        None => Ok((true, Effects::repeat())),
    }
}

/// Returns the key `id` if it is within `reach`. The writer holds its lock.
async fn find_within(
    connection: &mut Connection,
    id: ApiKeyId,
    reach: KeyReach,
) -> Result<Option<ApiKey>, Failure> {
    let mut query = api_keys::table
        .inner_join(key_users::table)
        .left_join(api_key_uses::table)
        .filter(api_keys::id.eq(id.0))
        .select(columns::api_key())
        .into_boxed();
    if let Some(user_id) = reach.user_id {
        query = query.filter(api_keys::user_id.eq(user_id.0));
    }
    if let Some(owner) = reach.owner_principal_id {
        query = query.filter(api_keys::owner_principal_id.eq(owner.0));
    }
    let row: Option<ApiKeyRow> = query.get_result(connection).await.optional()?;
    Ok(row.map(ApiKey::try_from).transpose()?)
}
