//! The ids of rows.

use crate::failure::unavailable;
use apikey_domain::error::PortError;
use tokio_postgres::Row;

/// Returns the first column of rows, their ids.
pub(super) fn ids(rows: &[Row]) -> Result<Vec<i64>, PortError> {
    let ids = rows.iter().map(|row| row.try_get(0).map_err(unavailable));
    ids.collect()
}
