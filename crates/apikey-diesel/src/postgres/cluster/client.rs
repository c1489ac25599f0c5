//! The connection with which the feed reads events and renews its lease.

use super::{peers::NodeRow, wakeups::Wakeups};
use crate::{
    failure::unavailable,
    postgres::connection::Source,
    rows::{EventRow, snapshot},
};
use apikey_domain::{
    change::{Position, recorded::RecordedEvent, snapshot::Snapshot},
    error::PortError,
};
use std::{sync::Arc, time::Duration};
use tokio_postgres::{Client, Error, Row, SimpleQueryMessage, Statement};

/// How many events are read at once.
pub(super) const PAGE: usize = 1_000;

/// The snapshot is that of the statement: what it holds has been read, unless
/// the page is full.
const READ: &str = "
    SELECT head.snapshot, head.horizon, floor.horizon, floor.number, event.*
    FROM event_head AS head
    CROSS JOIN event_floor AS floor
    LEFT JOIN LATERAL (
        SELECT horizon, number, transaction_id, kind, at, by_user_id, by_api_key_id,
            api_key_id, user_id, principal_id, before, after
        FROM events
        WHERE (horizon, number) > ($1, $2)
        ORDER BY horizon, number
        LIMIT $3
    ) AS event ON true
    ORDER BY event.horizon, event.number";

/// What a reading found.
pub(super) struct Reading {
    /// The snapshot, as PostgreSQL writes it.
    pub(super) seen: String,
    /// The same.
    pub(super) snapshot: Snapshot,
    /// Every event still to come lies behind this.
    pub(super) head: Position,
    /// The last event that was deleted for its age.
    pub(super) floor: Position,
    /// Events, in order; those behind the head are visible and not final.
    pub(super) events: Vec<RecordedEvent>,
}

/// The connection.
pub(super) struct ClusterClient {
    client: Client,
    read: Statement,
    nodes: Statement,
}

// === impl ClusterClient ===

impl ClusterClient {
    /// Connects. The end of the connection wakes the feed, which then notices it.
    pub(super) async fn connect(source: &Source, wakes: Arc<Wakeups>) -> Result<Self, PortError> {
        let (client, driver) = source.client("apikey-feed", |_| ()).await?;
        tokio::spawn(async move {
            let _ended = driver.await;
            wakes.now.notify_one();
        });
        // A renewal that is lost with the server only makes others wait.
        client
            .batch_execute("SET synchronous_commit = off; SET statement_timeout = '5s'")
            .await
            .map_err(failed)?;
        Ok(Self {
            read: client.prepare(READ).await.map_err(failed)?,
            nodes: client
                .prepare(
                    "SELECT id, renewal, applied, trust_milliseconds FROM nodes WHERE id <> $1",
                )
                .await
                .map_err(failed)?,
            client,
        })
    }

    /// Reads a page of the events behind `after`.
    pub(super) async fn read(&self, after: Position) -> Result<Reading, PortError> {
        let limit = PAGE as i64;
        let found = self
            .client
            .query(&self.read, &[&after.horizon, &after.number, &limit])
            .await
            .map_err(failed)?;
        let first = found
            .first()
            .ok_or_else(|| PortError::Corrupt("event_head has no row".to_owned()))?;
        let seen: String = first.try_get(0).map_err(failed)?;
        let head = first.try_get(1).map_err(failed)?;
        let mut reading = Reading {
            snapshot: snapshot(&seen)?,
            seen,
            head: Position::before_horizon(head),
            floor: Position {
                horizon: first.try_get(2).map_err(failed)?,
                number: first.try_get(3).map_err(failed)?,
            },
            events: Vec::with_capacity(found.len()),
        };
        for row in &found {
            reading.take(row)?;
        }
        Ok(reading)
    }

    /// Writes a new row of this node, so that it outlasts the server, and answers
    /// its number.
    pub(super) async fn register(&mut self, seen: &str, trust: Duration) -> Result<i64, PortError> {
        let transaction = self.client.transaction().await.map_err(failed)?;
        transaction
            .batch_execute("SET LOCAL synchronous_commit = on")
            .await
            .map_err(failed)?;
        let insert = "INSERT INTO nodes (renewal, applied, trust_milliseconds) VALUES (1, $1, $2) \
                      RETURNING id";
        let trust = trust.as_millis() as i64;
        let row = transaction
            .query_one(insert, &[&seen, &trust])
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        row.try_get(0).map_err(failed)
    }

    /// Renews the row of this node, and wakes who waits for that. Answers whether
    /// the row was there.
    pub(super) async fn renew(
        &self,
        id: i64,
        seen: &str,
        wake: Option<&str>,
    ) -> Result<bool, PortError> {
        // One message: both or neither. The snapshot is digits and punctuation,
        // as this server wrote it.
        let notify = wake.unwrap_or_default();
        let text = format!(
            "UPDATE nodes SET renewal = renewal + 1, applied = '{seen}' WHERE id = {id}; {notify}"
        );
        let answers = self.client.simple_query(&text).await.map_err(failed)?;
        let updated = answers.iter().find_map(|answer| match answer {
            SimpleQueryMessage::CommandComplete(count) => Some(*count),
            _ => None,
        });
        Ok(updated == Some(1))
    }

    /// The rows of the other nodes.
    pub(super) async fn others(&self, id: i64) -> Result<Vec<NodeRow>, PortError> {
        let found = self
            .client
            .query(&self.nodes, &[&id])
            .await
            .map_err(failed)?;
        let rows = found.iter().map(|row| {
            let trust: i64 = row.try_get(3).map_err(failed)?;
            Ok(NodeRow {
                id: row.try_get(0).map_err(failed)?,
                renewal: row.try_get(1).map_err(failed)?,
                applied: row.try_get(2).map_err(failed)?,
                trust: Duration::from_millis(u64::try_from(trust).unwrap_or_default()),
            })
        });
        rows.collect()
    }

    /// Removes a row, unless it was renewed meanwhile.
    pub(super) async fn remove(&self, id: i64, renewal: i64) -> Result<(), PortError> {
        let delete = "DELETE FROM nodes WHERE id = $1 AND renewal = $2";
        let removed = self.client.execute(delete, &[&id, &renewal]).await;
        removed.map(drop).map_err(failed)
    }

    /// Removes the row of this node, which trusts nothing any more.
    pub(super) async fn leave(&self, id: i64) -> Result<(), PortError> {
        let delete = "DELETE FROM nodes WHERE id = $1";
        let removed = self.client.execute(delete, &[&id]).await;
        removed.map(drop).map_err(failed)
    }

    /// Sends a statement whose answer says nothing.
    pub(super) async fn send(&self, statement: &str) -> Result<(), PortError> {
        self.client.batch_execute(statement).await.map_err(failed)
    }
}

// === impl Reading ===

impl Reading {
    /// Takes in the event of a row, which has none when there were none.
    fn take(&mut self, row: &Row) -> Result<(), PortError> {
        let Some(horizon) = row.try_get(4).map_err(failed)? else {
            return Ok(());
        };
        let row = EventRow {
            horizon,
            number: row.try_get(5).map_err(failed)?,
            transaction_id: row.try_get(6).map_err(failed)?,
            kind: row.try_get(7).map_err(failed)?,
            at: row.try_get(8).map_err(failed)?,
            by_user_id: row.try_get(9).map_err(failed)?,
            by_api_key_id: row.try_get(10).map_err(failed)?,
            api_key_id: row.try_get(11).map_err(failed)?,
            user_id: row.try_get(12).map_err(failed)?,
            principal_id: row.try_get(13).map_err(failed)?,
            before: row.try_get(14).map_err(failed)?,
            after: row.try_get(15).map_err(failed)?,
        };
        self.events.push(row.into());
        Ok(())
    }
}

fn failed(error: Error) -> PortError {
    unavailable(error)
}
