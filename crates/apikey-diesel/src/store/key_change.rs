//! Writes what becomes of a key, in the writer's transaction.

use super::{backend, connection::Connection, credentials};
use crate::{
    failure::Failure,
    rows::{self, KeyNameColumns, LifeColumns},
    schema::api_keys,
};
use apikey_domain::{
    change::{Change, KeyEvent, Protocol},
    error::PortError,
    key::{api_key::ApiKey, rotation::Step},
};
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;

/// Makes `after` of a key, by a step of its rotation if one is given. Returns the change.
pub(super) async fn become_new(
    connection: &mut Connection,
    before: ApiKey,
    after: &ApiKey,
    step: Option<&Step>,
) -> Result<Change, Failure> {
    let is_renamed = after.name != before.name;
    let has_new_life = after.withdrawal() != before.withdrawal()
        || after.expires_at != before.expires_at
        || after.metadata != before.metadata
        || after.rotated != before.rotated
        || after.self_rotation != before.self_rotation;
    let change = Change::Key(KeyEvent::Updated {
        before: before.clone(),
        after: after.clone(),
    });
    require_protocol(connection, change.protocol()).await?;
    if let Some(Step::Rotate(new)) = step
        && new.origin.is_custom()
    {
        credentials::check_free(connection, &new.access_key).await?;
    }
    if let Some(step) = step {
        credentials::store(connection, &before, after, step).await?;
    }
    // An index is written whose column is named, also with the value that it has.
    let name = is_renamed.then(|| KeyNameColumns::from(&after.name));
    let life = has_new_life.then(|| LifeColumns::of(after)).transpose()?;
    diesel::update(api_keys::table.find(after.id.0))
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
    Ok(change)
}

/// Refuses what a node of an earlier release that holds a lease would not know to end.
pub(super) async fn require_protocol(
    connection: &mut Connection,
    protocol: Protocol,
) -> Result<(), Failure> {
    let number = protocol.number();
    if protocol > Protocol::FIRST && backend::has_node_before(connection, number).await? {
        return Err(PortError::OlderNodes.into());
    }
    Ok(())
}
