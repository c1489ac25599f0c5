//! Which rows a search need compare with its term.

use super::{
    connection::Connection,
    key_counts,
    name_index::{self, Filled, is_after},
    name_terms,
};
use crate::{
    failure::from_diesel,
    name_index::{Scope, row_id},
    rows::NumberRow,
    schema::events,
    stored_names::Named,
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    identifier::UserId,
    listing::{SearchBounds, SearchTerm, Way},
};
use diesel::{ExpressionMethods, QueryDsl, QueryResult};
use diesel_async::RunQueryDsl;

/// Returns the ids of keys among which are all that `filter` finds, or `None` if all keys
/// of the list are to be compared.
pub(super) async fn keys(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    bounds: SearchBounds,
) -> Result<Option<Vec<i64>>, PortError> {
    let Some(term) = filter.search() else {
        return Ok(None);
    };
    let names = key_counts::all(connection, filter).await?;
    let scope = match filter.user_id() {
        Some(UserId(id)) => Scope::KeysOf(id),
        None => Scope::All(Named::ApiKey),
    };
    among(connection, term, scope, names, bounds).await
}

/// As [`keys`], for the users, or the organizations, of the whole platform.
pub(super) async fn others(
    connection: &mut Connection,
    named: Named,
    search: Option<&SearchTerm>,
    bounds: SearchBounds,
) -> Result<Option<Vec<i64>>, PortError> {
    let Some(term) = search else {
        return Ok(None);
    };
    let names = at_most(connection, named, bounds)
        .await
        .map_err(from_diesel)?;
    among(connection, term, Scope::All(named), names, bounds).await
}

async fn among(
    connection: &mut Connection,
    term: &SearchTerm,
    scope: Scope,
    names: u64,
    bounds: SearchBounds,
) -> Result<Option<Vec<i64>>, PortError> {
    if let Way::Names = bounds.way(term, names)? {
        return Ok(None);
    }
    let limit = i64::try_from(bounds.candidates).unwrap_or(i64::MAX);
    let limit = limit.saturating_add(1);
    // Read first: what has come into the index since is found in it.
    let filled = name_index::filled(connection).await.map_err(from_diesel)?;
    let behind = match filled.is_complete {
        true => behind(connection, scope, filled, limit).await,
        false => Ok(None),
    };
    let Some(mut ids) = behind.map_err(from_diesel)? else {
        return match bounds.may_compare(names) {
            true => Ok(None),
            false => Err(PortError::Unavailable(
                "the names are still being indexed for searches".into(),
            )),
        };
    };
    let terms = scope.terms_of(term);
    let found = name_terms::lookup(connection, &terms, limit).await;
    let found = found.map_err(from_diesel)?;
    if let Way::Names = bounds.way_to(found.len() as u64, names)? {
        return Ok(None);
    }
    ids.extend(found.into_iter().map(row_id));
    ids.sort_unstable();
    ids.dedup();
    Ok(Some(ids))
}

/// Returns the ids of what was named since the index was filled, unless it is too much.
async fn behind(
    connection: &mut Connection,
    scope: Scope,
    filled: Filled,
    limit: i64,
) -> QueryResult<Option<Vec<i64>>> {
    let mut query = events::table
        .filter(is_after(filled.through))
        // Implied; lets an index on this column alone be used.
        .filter(events::horizon.ge(filled.through.horizon))
        .limit(limit)
        .into_boxed();
    if let Scope::KeysOf(user_id) = scope {
        query = query.filter(events::user_id.eq(user_id));
    }
    let ids: Vec<Option<i64>> = match scope {
        Scope::All(Named::ApiKey) | Scope::KeysOf(_) => {
            let created = query.filter(events::kind.eq("api_key.created"));
            created.select(events::api_key_id).load(connection).await?
        }
        Scope::All(Named::User) => {
            let named = query.filter(events::kind.eq_any(["user.created", "user.updated"]));
            named.select(events::user_id).load(connection).await?
        }
        Scope::All(Named::Organization) => {
            let kinds = ["organization.created", "organization.updated"];
            let named = query.filter(events::kind.eq_any(kinds));
            named.select(events::principal_id).load(connection).await?
        }
    };
    let is_little = (ids.len() as i64) < limit;
    Ok(is_little.then(|| ids.into_iter().flatten().collect()))
}

/// Returns how many users or organizations there are at most: by their highest id, or
/// counted, as far as it matters.
async fn at_most(
    connection: &mut Connection,
    named: Named,
    bounds: SearchBounds,
) -> QueryResult<u64> {
    let (table, id) = match named {
        Named::Organization => ("organizations", "principal_id"),
        _ => ("users", "id"),
    };
    let highest = format!("SELECT COALESCE(MAX({id}), 0) AS number FROM {table}");
    let highest = number(connection, highest).await?;
    if bounds.may_compare(highest) {
        return Ok(highest);
    }
    let enough = bounds.names.saturating_add(1);
    let counted = format!(
        "SELECT COUNT(*) AS number FROM (SELECT {id} FROM {table} LIMIT {enough}) AS counted"
    );
    number(connection, counted).await
}

async fn number(connection: &mut Connection, query: String) -> QueryResult<u64> {
    let row: NumberRow = diesel::sql_query(query).get_result(connection).await?;
    Ok(row.number.unsigned_abs())
}
