//! What a PostgreSQL database is like.

use super::Source;
use crate::{
    Examination, PepperDigests,
    examination::{CERTIFICATE_DAYS, NEWEST_PEPPER},
    failure::unavailable,
    migrate,
};
use apikey_domain::{error::PortError, key::digest::PepperId, timestamp::Timestamp};
use std::time::Duration;
use tokio_postgres::Client;

/// The encoding, the time of the server, and whether there are tables.
const FIRST: &str = "
    SELECT
        current_setting('server_encoding'),
        (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
        to_regclass('__diesel_schema_migrations') IS NOT NULL,
        to_regclass('events') IS NOT NULL,
        to_regclass('api_key_credentials') IS NOT NULL,
        to_regclass('peppers') IS NOT NULL,
        coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)";
/// Asked before this connection is made one that changes nothing.
const IS_READ_ONLY: &str =
    "SELECT current_setting('transaction_read_only') = 'on' OR pg_is_in_recovery()";
/// A day.
const DAY: Duration = Duration::from_secs(86_400);
const NEWEST_EVENT: &str = "SELECT at FROM events ORDER BY horizon DESC, number DESC LIMIT 1";

/// Examines a database.
pub(crate) async fn examine(source: &Source) -> Result<Examination, PortError> {
    let (client, _counted) = source.unasked().await?;
    let is_read_only = client.query_one(IS_READ_ONLY, &[]).await;
    let is_read_only = is_read_only.map_err(unavailable)?.get(0);
    let read_only = "SET default_transaction_read_only = on; SET statement_timeout = '60s'";
    client.batch_execute(read_only).await.map_err(unavailable)?;
    let first = client.query_one(FIRST, &[]).await.map_err(unavailable)?;
    let certificate_ends = source.expires_within(CERTIFICATE_DAYS * DAY).await?;
    let [has_tables, has_events, has_credentials, has_peppers] =
        [2, 3, 4, 5].map(|column| first.get(column));
    let mut examination = Examination {
        encoding: Some(first.get(0)),
        clock: Timestamp::from_microseconds(first.get(1)),
        is_read_only,
        may_create_tables: first.get(6),
        has_tables,
        certificate_ends,
        ..Examination::default()
    };
    if !has_tables {
        return Ok(examination);
    }
    let applied = "SELECT version FROM __diesel_schema_migrations";
    let applied = client.query(applied, &[]).await.map_err(unavailable)?;
    let applied: Vec<String> = applied.iter().map(|row| row.get(0)).collect();
    let known = migrate::postgres_versions()?;
    let missing = known.iter().filter(|version| !applied.contains(version));
    examination.missing_migrations = missing.count();
    let mut unknown = applied;
    unknown.retain(|version| !known.contains(version));
    examination.unknown_migrations = unknown;
    if has_events {
        let newest = client.query_opt(NEWEST_EVENT, &[]).await;
        let newest = newest.map_err(unavailable)?.map(|row| row.get(0));
        examination.newest_event = newest.and_then(Timestamp::from_microseconds);
        examination.peppers = peppers(&client, has_credentials).await?;
    }
    if has_peppers {
        let newest = client.query_opt(NEWEST_PEPPER, &[]).await;
        let newest = newest.map_err(unavailable)?;
        examination.newest_pepper = newest.and_then(|row| PepperId::parse(row.get(0)));
    }
    Ok(examination)
}

async fn peppers(client: &Client, has_credentials: bool) -> Result<Vec<PepperDigests>, PortError> {
    let query = PepperDigests::query(has_credentials);
    let rows = client.query(&query, &[]).await.map_err(unavailable)?;
    let rows = rows.iter();
    let found = rows.filter_map(|row| PepperDigests::read(row.get(0), row.get(1)));
    Ok(found.collect())
}
