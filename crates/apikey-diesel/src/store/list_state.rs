//! Which list it is: what is kept of the keys of a filter, besides the keys.
//!
//! Triggers keep how many keys each user has in each principal, in the transaction that
//! creates or deletes them, and numbers that grow whenever these keys change places.

use super::{backend, connection::Connection};
use crate::{
    failure::from_diesel,
    schema::{api_key_counts, key_users},
};
use apikey_domain::{access::policy::ApiKeyFilter, error::PortError, listing::SortField};
use diesel::{
    ExpressionMethods, QueryDsl, Queryable,
    dsl::sql,
    sql_types::{BigInt, Text},
};
use diesel_async::RunQueryDsl;

/// What is kept of the keys of a list.
#[derive(Queryable)]
pub(super) struct Counted {
    /// How many there are.
    pub(super) keys: i64,
    removals: i64,
    changes: i64,
    uses: i64,
    epoch: String,
}

/// The state of a list of one user's keys in one principal, in one order: while it is the
/// same, so is the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revision {
    /// Names the data and its history: a server that was promoted may have lost the last
    /// changes of the former one.
    epoch: String,
    /// How often a key went or changed its place.
    moves: i64,
    keys: i64,
}

/// Selects from the counts of the keys that a filter admits.
macro_rules! counts {
    ($filter:expr, $columns:expr) => {{
        let system = key_users::table
            .filter(key_users::is_system)
            .select(key_users::id);
        let mut query = api_key_counts::table
            .filter(api_key_counts::user_id.ne_all(system))
            .select($columns)
            .into_boxed();
        if let Some(id) = $filter.user_id() {
            query = query.filter(api_key_counts::user_id.eq(id.0));
        }
        if let Some(id) = $filter.owner_principal_id() {
            query = query.filter(api_key_counts::owner_principal_id.eq(id.0));
        }
        query
    }};
}

pub(super) use counts;

// === impl Counted ===

impl Counted {
    /// Returns the state of the list in an order by `field`. What else a key has never
    /// changes.
    pub(super) fn revision(&self, field: SortField) -> Revision {
        let moves = match field {
            SortField::Name | SortField::ExpiresAt | SortField::CreatedAt => 0,
            SortField::UpdatedAt => self.changes,
            SortField::LastUsedAt => self.uses,
        };
        Revision {
            epoch: self.epoch.clone(),
            moves: self.removals + moves,
            keys: self.keys,
        }
    }
}

// === impl Revision ===

impl Revision {
    /// Returns whether this state came before another one, or is of another history.
    pub(super) fn is_before(&self, other: &Self) -> bool {
        self.epoch != other.epoch || (self.moves, self.keys) < (other.moves, other.keys)
    }

    /// Returns whether keys were added to this state, and nothing else happened, until it
    /// was another one.
    pub(super) fn grew_to(&self, other: &Self) -> bool {
        self.epoch == other.epoch && self.moves == other.moves && self.keys < other.keys
    }
}

/// Returns what is kept of the keys that `filter` admits, whatever it searches for.
pub(super) async fn counted(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
) -> Result<Counted, PortError> {
    let sum = |column| sql::<BigInt>(column);
    let columns = (
        sum("CAST(COALESCE(SUM(keys), 0) AS BIGINT)"),
        sum("CAST(COALESCE(SUM(removals), 0) AS BIGINT)"),
        sum("CAST(COALESCE(SUM(changes), 0) AS BIGINT)"),
        sum("CAST(COALESCE(SUM(uses), 0) AS BIGINT)"),
        sql::<Text>(backend::EPOCH),
    );
    let query = counts!(filter, columns);
    query.get_result(connection).await.map_err(from_diesel)
}
