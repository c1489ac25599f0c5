//! Whether nodes use a database, for whoever changes it without them.

use super::{Source, cluster::LEASE_TERM};
use crate::failure::unavailable;
use apikey_domain::error::PortError;
use std::time::Duration;
use tokio_postgres::Client;

/// How much longer than a lease lasts it is looked whether one is renewed.
const MARGIN: Duration = Duration::from_millis(500);

/// Returns whether a node renews its lease, for which it is watched a little longer than one
/// lasts. The row of one that was killed, or that came with a dump, stays as it is.
///
/// # Errors
///
/// If the database cannot be reached.
pub(crate) async fn is_used(source: &Source) -> Result<bool, PortError> {
    let (client, _counted) = source.unasked().await?;
    let exists = "SELECT to_regclass('nodes') IS NOT NULL";
    let exists = client.query_one(exists, &[]).await.map_err(unavailable)?;
    if !exists.get::<_, bool>(0) {
        return Ok(false);
    }
    let before = renewals(&client).await?;
    if before.is_empty() {
        return Ok(false);
    }
    tokio::time::sleep(LEASE_TERM + MARGIN).await;
    let after = renewals(&client).await?;
    Ok(after.iter().any(|renewal| !before.contains(renewal)))
}

/// Returns how often each node has renewed its lease, by its row.
async fn renewals(client: &Client) -> Result<Vec<(i64, i64)>, PortError> {
    let rows = client.query("SELECT id, renewal FROM nodes", &[]).await;
    let rows = rows.map_err(unavailable)?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
