//! Names that another release wrote: what is derived from them is made again.

use super::{
    backend,
    connection::Connection,
    job::{Effects, Written},
};
use crate::{
    failure::{Failure, from_diesel},
    name_index::Indexed,
    rows::{FullNameColumns, KeyNameColumns, NameRow, OrganizationNameColumns, UsernameColumns},
    schema::{api_keys, stored_organizations, stored_users, users},
    stored_names::Named,
};
use apikey_domain::{
    error::PortError,
    identifier::UserId,
    name::{DERIVATION, Likeness},
};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, QueryResult};
use diesel_async::RunQueryDsl;

/// How many names are read at once to be compared.
const COMPARED_AT_ONCE: u32 = 500;

/// How many times that is done for one new name.
const PAGES_COMPARED: u32 = 10;

/// What is derived from these is made again: usernames first, which must be unique.
const RENEWED: [Indexed; 4] = [
    Indexed::Name(Named::User),
    Indexed::Name(Named::Organization),
    Indexed::Name(Named::ApiKey),
    Indexed::FullName,
];

/// Returns whether names of any kind are to be derived from again.
pub(super) async fn has_outdated(connection: &mut Connection) -> Result<bool, PortError> {
    for indexed in RENEWED {
        let first = outdated(indexed, 0, 1, "");
        let first: Vec<NameRow> = load(connection, first).await.map_err(from_diesel)?;
        if !first.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Renews at most `most` rows that nobody else holds at the moment, those of users
/// first, and returns how many.
pub(super) async fn renew(connection: &mut Connection, most: u32) -> Written<u64> {
    let mut left = most;
    for indexed in RENEWED {
        if left > 0 {
            let free = outdated(indexed, 0, left, backend::SKIP_LOCKED);
            for row in load(connection, free).await? {
                renew_row(connection, indexed, row).await?;
                left -= 1;
            }
        }
    }
    Ok((u64::from(most - left), Effects::none()))
}

async fn renew_row(connection: &mut Connection, indexed: Indexed, row: NameRow) -> QueryResult<()> {
    match indexed {
        Indexed::Name(Named::User) => {
            let columns = UsernameColumns::stored(row.name);
            let update = diesel::update(stored_users::table.find(row.id)).set(columns);
            update.execute(connection).await.map(drop)
        }
        Indexed::Name(Named::Organization) => {
            let columns = OrganizationNameColumns::stored(row.name);
            let update = diesel::update(stored_organizations::table.find(row.id)).set(columns);
            update.execute(connection).await.map(drop)
        }
        Indexed::Name(Named::ApiKey) => {
            let columns = KeyNameColumns::stored(row.name);
            let update = diesel::update(api_keys::table.find(row.id)).set(columns);
            update.execute(connection).await.map(drop)
        }
        Indexed::FullName => {
            // Who has none any more is renewed, too.
            let user = stored_users::table.find(row.id);
            let name: Option<String> = user
                .select(stored_users::full_name)
                .get_result(connection)
                .await?;
            let update = diesel::update(user).set(FullNameColumns::stored(name));
            update.execute(connection).await.map(drop)
        }
    }
}

/// Returns the names with ids above `after`, by id.
pub(super) async fn after(
    connection: &mut Connection,
    named: Named,
    after: i64,
    limit: u32,
) -> Result<Vec<NameRow>, PortError> {
    let Table { select, id, .. } = table(Indexed::Name(named));
    let query = format!("{select} WHERE {id} > {after} ORDER BY {id} LIMIT {limit}");
    load(connection, query).await.map_err(from_diesel)
}

/// Returns users whose names may look like one that has one of these likenesses, by
/// id. A row that another release wrote since is missed.
pub(super) async fn perhaps_like(
    connection: &mut Connection,
    keys: &[i64],
) -> Result<Vec<NameRow>, PortError> {
    users::table
        .filter(
            users::likeness_as_written
                .eq_any(keys)
                .or(users::likeness_folded.eq_any(keys))
                .or(users::likeness_in_capitals.eq_any(keys)),
        )
        .select((users::id, users::username))
        .order_by(users::id)
        .load(connection)
        .await
        .map_err(from_diesel)
}

/// Returns whether a user other than `own` has a name that looks like this one. The
/// caller holds the lock of the platform's users, so that nobody takes one meanwhile.
pub(super) async fn has_alike(
    connection: &mut Connection,
    username: &str,
    own: Option<UserId>,
) -> Result<bool, Failure> {
    let likeness = Likeness::of(username);
    let is_like =
        |row: &NameRow| own != Some(UserId(row.id)) && likeness.is_like(&Likeness::of(&row.name));
    let candidates = perhaps_like(connection, &likeness.keys()).await?;
    if candidates.iter().any(is_like) {
        return Ok(true);
    }
    // What nobody has derived anything from yet is compared here, but no more than a
    // transaction can take that others wait for.
    let mut after = 0;
    for _ in 0..PAGES_COMPARED {
        let page = outdated(Indexed::Name(Named::User), after, COMPARED_AT_ONCE, "");
        let page = load(connection, page).await?;
        if page.iter().any(is_like) {
            return Ok(true);
        }
        match page.last() {
            Some(last) if page.len() >= COMPARED_AT_ONCE as usize => after = last.id,
            _ => return Ok(false),
        }
    }
    let wait = "names of an older version are still being renewed";
    Err(PortError::Unavailable(wait.into()).into())
}

/// The migrations and the queries name this version, word for word.
const _: () = assert!(
    DERIVATION == 1,
    "name the new version in `table`, and in a migration that rebuilds the indexes"
);

/// How a table with names is read.
struct Table {
    select: &'static str,
    id: &'static str,
    /// As the migration says it, word for word: an index has only these rows.
    outdated: &'static str,
}

fn table(indexed: Indexed) -> Table {
    match indexed {
        Indexed::Name(Named::User) => Table {
            select: "SELECT id, username AS name FROM present_users",
            id: "id",
            outdated: "fold_version < 1 \
                OR folded_as IS DISTINCT FROM username || ':' || username_folded",
        },
        Indexed::Name(Named::Organization) => Table {
            select: "SELECT principal_id AS id, name FROM present_organizations",
            id: "principal_id",
            outdated: "fold_version < 1 OR folded_as IS DISTINCT FROM name || ':' || name_folded",
        },
        Indexed::Name(Named::ApiKey) => Table {
            select: "SELECT id, name FROM api_keys",
            id: "id",
            outdated: "fold_version < 1 OR folded_as IS DISTINCT FROM name || ':' || name_folded",
        },
        Indexed::FullName => Table {
            select: "SELECT id, COALESCE(full_name, '') AS name FROM users",
            id: "id",
            outdated: "(full_name IS NOT NULL AND full_name_folded IS NULL) \
                OR full_name_folded_as IS DISTINCT FROM full_name || ':' || full_name_folded",
        },
    }
}

/// Returns the query for rows with ids above `after` that another release wrote.
fn outdated(indexed: Indexed, after: i64, limit: u32, lock: &str) -> String {
    let Table {
        select,
        id,
        outdated,
    } = table(indexed);
    format!("{select} WHERE ({outdated}) AND {id} > {after} ORDER BY {id} LIMIT {limit}{lock}")
}

async fn load(connection: &mut Connection, query: String) -> QueryResult<Vec<NameRow>> {
    diesel::sql_query(query).load(connection).await
}
