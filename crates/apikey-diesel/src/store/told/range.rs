//! Ranges of the indexes of one user's keys in one principal.
//!
//! Each query sorts as its index does, so that no database takes another one.

use super::super::connection::Connection;
use crate::schema::{api_key_metadata, api_key_uses, api_keys};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, QueryDsl, QueryResult, dsl::sql, sql_types::BigInt,
    sql_types::Text,
};
use diesel_async::RunQueryDsl;

/// The last use of a key in the words of the index: never is before all others.
const LAST_USE: &str = "COALESCE(api_key_uses.last_used_at, -9223372036854775807)";

/// The beginning of a text in the words of the index.
const BEGINNING: &str = "substr(api_key_metadata.text, 1, 64)";
/// How many characters it has.
const BEGINNING_LENGTH: usize = 64;

/// The keys of one user in one principal, which have indexes of their own.
pub(super) type Tenant = (i64, i64);

/// Where keys are: from an instant on, and before another one, if any.
#[derive(Clone, Copy, Debug)]
pub(super) enum Range<'a> {
    /// Those that are revoked.
    Revoked,
    /// Those that are disabled and not revoked.
    Disabled,
    /// Those whose use ends then.
    Expiry(i64, Option<i64>),
    /// Those that are disabled or revoked, and would expire then.
    KeptExpiry(i64, Option<i64>),
    /// Those that were last used then, or never if it begins before all instants.
    Used(i64, Option<i64>),
    /// Those that were made from an instant on.
    CreatedSince(i64),
    /// Those whose metadata has a text that begins like this one.
    Noted(&'a str, &'a str),
}

/// Returns the ids of the keys of a tenant with a column in a range, in its order.
macro_rules! ids_in {
    ($column:expr, $from:expr, $to:expr, $tenant:expr, $limit:expr, $on:expr) => {{
        let (user_id, owner) = $tenant;
        let mut query = api_keys::table
            .filter(api_keys::user_id.eq(user_id))
            .filter(api_keys::owner_principal_id.eq(owner))
            .filter($column.ge($from))
            .into_boxed();
        let to: Option<i64> = $to;
        if let Some(to) = to {
            query = query.filter($column.lt(to));
        }
        let sorted = query.order_by(($column.asc(), api_keys::id.asc()));
        sorted.select(api_keys::id).limit($limit).load($on).await
    }};
}

// === impl Range ===

impl Range<'_> {
    /// Returns the ids of at most `limit` keys of a tenant in this range.
    pub(super) async fn ids(
        self,
        connection: &mut Connection,
        tenant: Tenant,
        limit: i64,
    ) -> QueryResult<Vec<i64>> {
        match self {
            Self::Revoked => {
                ids_in!(
                    api_keys::revoked_at,
                    i64::MIN,
                    None,
                    tenant,
                    limit,
                    connection
                )
            }
            Self::Disabled => {
                let (user_id, owner) = tenant;
                api_keys::table
                    .filter(api_keys::user_id.eq(user_id))
                    .filter(api_keys::owner_principal_id.eq(owner))
                    .filter(api_keys::disabled_at.is_not_null())
                    .filter(api_keys::revoked_at.is_null())
                    .order_by((api_keys::disabled_at.asc(), api_keys::id.asc()))
                    .select(api_keys::id)
                    .limit(limit)
                    .load(connection)
                    .await
            }
            Self::Expiry(from, to) => {
                ids_in!(api_keys::expires_at, from, to, tenant, limit, connection)
            }
            Self::KeptExpiry(from, to) => {
                ids_in!(
                    api_keys::kept_expires_at,
                    from,
                    to,
                    tenant,
                    limit,
                    connection
                )
            }
            Self::CreatedSince(from) => {
                ids_in!(api_keys::created_at, from, None, tenant, limit, connection)
            }
            Self::Used(from, to) => used(connection, tenant, from, to, limit).await,
            Self::Noted(name, text) => noted(connection, tenant, (name, text), limit).await,
        }
    }
}

async fn used(
    connection: &mut Connection,
    (user_id, owner): Tenant,
    from: i64,
    to: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<i64>> {
    let last_use = || sql::<BigInt>(LAST_USE);
    let mut query = api_key_uses::table
        .filter(api_key_uses::user_id.eq(user_id))
        .filter(api_key_uses::owner_principal_id.eq(owner))
        .filter(last_use().ge(from))
        .into_boxed();
    if let Some(to) = to {
        query = query.filter(last_use().lt(to));
    }
    query
        .order_by((last_use().asc(), api_key_uses::api_key_id.asc()))
        .select(api_key_uses::api_key_id)
        .limit(limit)
        .load(connection)
        .await
}

async fn noted(
    connection: &mut Connection,
    (user_id, owner): Tenant,
    (name, text): (&str, &str),
    limit: i64,
) -> QueryResult<Vec<i64>> {
    let beginning: String = text.chars().take(BEGINNING_LENGTH).collect();
    let is_of_tenant = api_key_metadata::user_id
        .eq(user_id)
        .and(api_key_metadata::owner_principal_id.eq(owner));
    api_key_metadata::table
        .filter(api_key_metadata::name.eq(name))
        .filter(sql::<Text>(BEGINNING).eq(beginning))
        .filter(is_of_tenant)
        .order_by(api_key_metadata::api_key_id.asc())
        .select(api_key_metadata::api_key_id)
        .limit(limit)
        .load(connection)
        .await
}
