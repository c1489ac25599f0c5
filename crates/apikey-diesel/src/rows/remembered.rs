//! Rows of requests that may be sent again.

use super::context::RowContext;
use crate::schema::idempotency_keys;
use apikey_domain::{
    error::PortError,
    idempotency::{Remembered, RequestDigest, Sealed},
    identifier::ApiKeyId,
};
use diesel::{
    QueryableByName,
    prelude::{AsChangeset, Insertable, Queryable},
    sql_types::Binary,
};

/// What is remembered of a request.
#[derive(AsChangeset, Clone, Insertable, Queryable)]
#[diesel(table_name = idempotency_keys, treat_none_as_null = true)]
pub(crate) struct RememberedRow {
    request: Vec<u8>,
    content: Vec<u8>,
    created_at: i64,
    api_key_id: i64,
    sealed: Option<Vec<u8>>,
    sealed_until: Option<i64>,
}

/// Which request a row is of.
#[derive(QueryableByName)]
pub(crate) struct RequestRow {
    #[diesel(sql_type = Binary)]
    pub(crate) request: Vec<u8>,
}

// === impl RememberedRow ===

impl From<Remembered> for RememberedRow {
    fn from(remembered: Remembered) -> Self {
        let sealed = remembered.sealed;
        Self {
            request: remembered.request.as_bytes().to_vec(),
            content: remembered.content.to_vec(),
            created_at: remembered.created_at.microseconds(),
            api_key_id: remembered.api_key_id.0,
            sealed_until: sealed.as_ref().map(|sealed| sealed.until().microseconds()),
            sealed: sealed.map(|sealed| sealed.as_bytes().to_vec()),
        }
    }
}

impl TryFrom<RememberedRow> for Remembered {
    type Error = PortError;

    fn try_from(row: RememberedRow) -> Result<Self, PortError> {
        let context = RowContext {
            table: "idempotency_keys",
            id: row.api_key_id,
        };
        let corrupt = || context.corrupt(&"a digest without 32 bytes");
        let sealed = match row.sealed.zip(row.sealed_until) {
            Some((bytes, until)) => Some(Sealed::stored(bytes, context.instant(until)?)),
            None => None,
        };
        Ok(Self {
            request: RequestDigest::stored(&row.request).ok_or_else(corrupt)?,
            content: row.content.try_into().map_err(|_| corrupt())?,
            created_at: context.instant(row.created_at)?,
            api_key_id: ApiKeyId(row.api_key_id),
            sealed,
        })
    }
}
