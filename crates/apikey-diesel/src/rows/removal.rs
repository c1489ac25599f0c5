//! Rows of removals.

use super::context::RowContext;
use apikey_domain::{
    error::PortError,
    identifier::{PrincipalId, UserId},
    port::removals::{Removal, RemovedOwner},
};
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Nullable, Text},
};

/// The removal of a user or an organization, and what is left.
#[derive(QueryableByName)]
pub(crate) struct RemovalRow {
    #[diesel(sql_type = BigInt)]
    principal_id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    user_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = BigInt)]
    started_at: i64,
    #[diesel(sql_type = BigInt)]
    keys: i64,
    #[diesel(sql_type = BigInt)]
    memberships: i64,
}

// === impl RemovalRow ===

impl TryFrom<RemovalRow> for Removal {
    type Error = PortError;

    fn try_from(row: RemovalRow) -> Result<Self, PortError> {
        let context = RowContext {
            table: "principals",
            id: row.principal_id,
        };
        let principal_id = PrincipalId(row.principal_id);
        let owner = match row.user_id {
            Some(id) => RemovedOwner::User(UserId(id)),
            None => RemovedOwner::Organization(principal_id),
        };
        Ok(Self {
            principal_id,
            owner,
            name: row.name.unwrap_or_default(),
            started_at: context.instant(row.started_at)?,
            keys: u64::try_from(row.keys).unwrap_or_default(),
            memberships: u64::try_from(row.memberships).unwrap_or_default(),
        })
    }
}
