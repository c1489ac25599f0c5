//! Reads what has names.

use super::connection::Connection;
use crate::{
    name_index::Indexed,
    rows::NameRow,
    schema::{api_keys, organizations, users},
    stored_names::Named,
};
use diesel::{
    ExpressionMethods, NullableExpressionMethods, QueryDsl, QueryResult, dsl::AssumeNotNull,
};
use diesel_async::RunQueryDsl;

/// Returns the rows with these ids, those of keys with their users.
pub(super) async fn rows_of(
    connection: &mut Connection,
    indexed: Indexed,
    ids: &[i64],
) -> QueryResult<Vec<(NameRow, Option<i64>)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    match indexed {
        Indexed::Name(Named::ApiKey) => {
            let rows = api_keys::table.filter(api_keys::id.eq_any(ids));
            keys_named(rows.select(KEY).load(connection).await)
        }
        Indexed::Name(Named::User) => {
            let rows = users::table.filter(users::id.eq_any(ids));
            let rows = rows.select((users::id, users::username));
            others_named(rows.load(connection).await)
        }
        Indexed::Name(Named::Organization) => {
            let rows = organizations::table.filter(organizations::principal_id.eq_any(ids));
            let rows = rows.select((organizations::principal_id, organizations::name));
            others_named(rows.load(connection).await)
        }
        Indexed::FullName => {
            let rows = users::table.filter(users::id.eq_any(ids));
            let rows = rows.filter(users::full_name.is_not_null()).select(called());
            others_named(rows.load(connection).await)
        }
    }
}

/// Returns the next rows by their ids, those of keys with their users.
pub(super) async fn rows_after(
    connection: &mut Connection,
    indexed: Indexed,
    after: i64,
    limit: i64,
) -> QueryResult<Vec<(NameRow, Option<i64>)>> {
    match indexed {
        Indexed::Name(Named::ApiKey) => {
            let rows = api_keys::table.filter(api_keys::id.gt(after)).select(KEY);
            keys_named(
                rows.order_by(api_keys::id)
                    .limit(limit)
                    .load(connection)
                    .await,
            )
        }
        Indexed::Name(Named::User) => {
            let rows = users::table
                .filter(users::id.gt(after))
                .select((users::id, users::username));
            others_named(rows.order_by(users::id).limit(limit).load(connection).await)
        }
        Indexed::Name(Named::Organization) => {
            let id = organizations::principal_id;
            let rows = organizations::table
                .filter(id.gt(after))
                .select((id, organizations::name));
            others_named(rows.order_by(id).limit(limit).load(connection).await)
        }
        Indexed::FullName => {
            let rows = users::table.filter(users::id.gt(after));
            let rows = rows.filter(users::full_name.is_not_null()).select(called());
            others_named(rows.order_by(users::id).limit(limit).load(connection).await)
        }
    }
}

const KEY: ((api_keys::id, api_keys::name), api_keys::user_id) =
    ((api_keys::id, api_keys::name), api_keys::user_id);

/// The columns of a user who has a full name.
fn called() -> (users::id, AssumeNotNull<users::full_name>) {
    (users::id, users::full_name.assume_not_null())
}

fn keys_named(rows: QueryResult<Vec<(NameRow, i64)>>) -> QueryResult<Vec<(NameRow, Option<i64>)>> {
    let rows = rows?.into_iter();
    Ok(rows.map(|(row, user_id)| (row, Some(user_id))).collect())
}

fn others_named(rows: QueryResult<Vec<NameRow>>) -> QueryResult<Vec<(NameRow, Option<i64>)>> {
    Ok(rows?.into_iter().map(|row| (row, None)).collect())
}
