//! Which server the nodes work with.

use crate::{failure::unavailable, postgres::primary::Server};
use apikey_domain::{change::Protocol, error::PortError};
use std::time::Duration;
use tokio_postgres::Client;

/// Stores which server the nodes work with. If it was another, nodes may still hold
/// leases that they renewed there, and this server may lack their rows: a row that no
/// node renews stands for them, so that every revocation waits until they have ended.
const RECORD_SERVER: &str = "
    WITH replaced AS (
        UPDATE primary_server SET system_identifier = $1, timeline = $2
        WHERE (system_identifier, timeline) <> ($1, $2)
        RETURNING id
    )
    INSERT INTO nodes (renewal, applied, trust_milliseconds, protocol)
    SELECT 1, '1:1:', greatest($3, (SELECT max(trust_milliseconds) FROM nodes)),
        coalesce((SELECT min(protocol) FROM nodes), $4)
    FROM replaced";

/// The old server may have given numbers to events that this one lacks. They are not given
/// again, so that whoever resumes from such an event notices that it is missing.
const SKIP_NUMBERS: &str = "
    SELECT setval(sequence, nextval(sequence) + 1000)
    FROM (SELECT pg_get_serial_sequence('events', 'number')::regclass AS sequence) AS events";

/// The same for a database that no node has worked with.
const RECORD_FIRST_SERVER: &str = "
    INSERT INTO primary_server (id, system_identifier, timeline) VALUES (1, $1, $2)
    ON CONFLICT (id) DO NOTHING";

/// Records that the nodes work with this server.
pub(super) async fn record_server(
    client: &Client,
    server: Server,
    trust: Duration,
) -> Result<(), PortError> {
    let Server {
        system_identifier,
        timeline,
    } = server;
    let (trust, protocol) = (trust.as_millis() as i64, Protocol::CURRENT.number());
    let replaced = client
        .execute(
            RECORD_SERVER,
            &[&system_identifier, &timeline, &trust, &protocol],
        )
        .await
        .map_err(unavailable)?;
    if replaced > 0 {
        tracing::warn!(
            timeline,
            "the database is another server than the nodes last worked with: revocations wait \
             until the leases of before have ended"
        );
    }
    if replaced > 0 {
        let skipped = client.batch_execute(SKIP_NUMBERS).await;
        skipped.map_err(unavailable)?;
    }
    client
        .execute(RECORD_FIRST_SERVER, &[&system_identifier, &timeline])
        .await
        .map(drop)
        .map_err(unavailable)
}
