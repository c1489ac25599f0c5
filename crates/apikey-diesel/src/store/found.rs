//! Which rows a search need compare with its term, and a list with its conditions.

use super::{
    connection::Connection,
    index_state::Part,
    key_counts,
    name_index::{self, Filled, is_after},
    name_terms,
    told::{self, Told},
};
use crate::{
    failure::from_diesel,
    name_index::{Indexed, Scope, row_id},
    rows::NumberRow,
    schema::{api_key_credentials, api_keys, events},
    stored_names::Named,
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    identifier::UserId,
    listing::{SearchBounds, SearchTerm, TooBroad, Way},
};
use diesel::{ExpressionMethods, QueryDsl, QueryResult};
use diesel_async::RunQueryDsl;
use std::collections::HashSet;

/// The keys that a list shows.
pub(super) enum Found {
    /// Those of all that are as the filter says, if it is narrowed: each is compared.
    All,
    /// Those of these that are as the filter says.
    Among(Vec<i64>),
    /// All but these: a number of keys.
    AllBut(HashSet<i64>, u64),
}

/// Returns which keys of a list are to be compared.
pub(super) async fn keys(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    bounds: SearchBounds,
) -> Result<Found, PortError> {
    if !filter.is_narrowed() {
        return Ok(Found::All);
    }
    let names = key_counts::all(connection, filter).await?;
    if !filter.conditions().are_any() {
        return searched(connection, filter, names, bounds).await;
    }
    if names <= bounds.few {
        return Ok(Found::All);
    }
    let most = usize::try_from(bounds.candidates).unwrap_or(usize::MAX);
    let told = told::keys(connection, filter, most).await;
    match (told.map_err(from_diesel)?, filter.search()) {
        (Told::Among(ids), _) => Ok(Found::Among(ids)),
        (Told::AllBut(others), None) => {
            let total = names.saturating_sub(others.len() as u64);
            Ok(Found::AllBut(others, total))
        }
        (_, Some(_)) => searched(connection, filter, names, bounds).await,
        (Told::TooMuch, None) if bounds.may_compare(names) => Ok(Found::All),
        (Told::TooMuch, None) => Err(TooBroad::CommonConditions {
            names: bounds.names,
            candidates: bounds.candidates,
        }
        .into()),
    }
}

/// Returns which keys a search of so many names is to compare.
async fn searched(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    names: u64,
    bounds: SearchBounds,
) -> Result<Found, PortError> {
    let Some(term) = filter.search() else {
        return Ok(Found::All);
    };
    let scope = match filter.user_id() {
        Some(UserId(id)) => Scope::KeysOf(id),
        None => Scope::All(Indexed::Name(Named::ApiKey)),
    };
    let Some(mut ids) = among(connection, term, scope, names, bounds).await? else {
        return Ok(Found::All);
    };
    if let Some(hint) = filter.hint() {
        let limit = i64::try_from(bounds.candidates).unwrap_or(i64::MAX);
        let hinted = hinted(connection, hint, limit).await;
        ids.extend(hinted.map_err(from_diesel)?);
        ids.sort_unstable();
        ids.dedup();
    }
    Ok(Found::Among(ids))
}

/// Returns the keys with a secret that ends like this: secrets are random, so few end alike.
async fn hinted(connection: &mut Connection, hint: &str, limit: i64) -> QueryResult<Vec<i64>> {
    let mut ids: Vec<i64> = api_keys::table
        .filter(api_keys::hint.eq(hint))
        .select(api_keys::id)
        .limit(limit)
        .load(connection)
        .await?;
    let of_several: Vec<i64> = api_key_credentials::table
        .filter(api_key_credentials::hint.eq(hint))
        .select(api_key_credentials::api_key_id)
        .limit(limit)
        .load(connection)
        .await?;
    ids.extend(of_several);
    Ok(ids)
}

/// As [`keys`] of a search, for the organizations of the whole platform.
pub(super) async fn organizations(
    connection: &mut Connection,
    search: Option<&SearchTerm>,
    bounds: SearchBounds,
) -> Result<Option<Vec<i64>>, PortError> {
    let Some(term) = search else {
        return Ok(None);
    };
    let names = at_most(connection, "organizations", "principal_id", bounds).await?;
    let scope = Scope::All(Indexed::Name(Named::Organization));
    among(connection, term, scope, names, bounds).await
}

/// As [`keys`] of a search, for the users of the whole platform: by their usernames and
/// their full names.
pub(super) async fn users(
    connection: &mut Connection,
    search: Option<&SearchTerm>,
    bounds: SearchBounds,
) -> Result<Option<Vec<i64>>, PortError> {
    let Some(term) = search else {
        return Ok(None);
    };
    let names = number_of_users(connection, bounds).await?;
    let mut found = Vec::new();
    for indexed in [Indexed::Name(Named::User), Indexed::FullName] {
        match among(connection, term, Scope::All(indexed), names, bounds).await? {
            Some(ids) => found.extend(ids),
            None => return Ok(None),
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(Some(found))
}

/// Returns how many users there are at most, as far as it matters.
pub(super) async fn number_of_users(
    connection: &mut Connection,
    bounds: SearchBounds,
) -> Result<u64, PortError> {
    at_most(connection, "users", "id", bounds).await
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
    let part = match scope {
        Scope::All(indexed) => Part::of(indexed),
        Scope::KeysOf(_) => Part::Names,
    };
    let filled = name_index::filled(connection, part).await;
    let filled = filled.map_err(from_diesel)?;
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
        Scope::All(Indexed::Name(Named::ApiKey)) | Scope::KeysOf(_) => {
            let kinds = ["api_key.created", "api_key.updated"];
            let named = query.filter(events::kind.eq_any(kinds));
            named.select(events::api_key_id).load(connection).await?
        }
        Scope::All(Indexed::Name(Named::User) | Indexed::FullName) => {
            let named = query.filter(events::kind.eq_any(["user.created", "user.updated"]));
            named.select(events::user_id).load(connection).await?
        }
        Scope::All(Indexed::Name(Named::Organization)) => {
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
    table: &str,
    id: &str,
    bounds: SearchBounds,
) -> Result<u64, PortError> {
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

async fn number(connection: &mut Connection, query: String) -> Result<u64, PortError> {
    let row = diesel::sql_query(query).get_result(connection).await;
    let row: NumberRow = row.map_err(from_diesel)?;
    Ok(row.number.unsigned_abs())
}
