//! The connection on which the event consumer reads events and renews its lease.

use super::{peers::NodeRow, server_record::record_server, wakeups::Wakeups};
use crate::{
    failure::unavailable,
    postgres::{
        connection::{OpenClient, Source},
        connection_limit::Counted,
        primary::{Generation, Server},
    },
    rows::{EventRow, StoredText, snapshot},
};
use apikey_domain::{
    change::{Position, Protocol, recorded::RecordedEvent, snapshot::Snapshot},
    error::PortError,
};
use std::{sync::Arc, time::Duration};
use tokio_postgres::{Client, Error, Row, SimpleQueryMessage, Statement};

/// How many events a page holds at most.
pub(super) const PAGE_SIZE: usize = 1_000;

/// Reads a page of events. The snapshot is that of the statement: unless the page is
/// full, it contains every event that the snapshot holds.
const READ_EVENTS: &str = "
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

/// A renewal that is lost in a crash of the server only makes peers wait. The statements
/// have one plan, whatever was known of the tables when they were prepared.
const SETTINGS: &str = "
    SET synchronous_commit = 'off';
    SET statement_timeout = '5s';
    SET jit = 'off';
    SET plan_cache_mode = 'force_custom_plan';
    SET enable_seqscan = 'off';
    SET enable_sort = 'off'";

/// A page of events, and the snapshot in which it was read.
pub(super) struct SnapshotPage {
    /// The snapshot, as PostgreSQL writes it.
    pub(super) snapshot_text: String,
    /// The same, parsed.
    pub(super) snapshot: Snapshot,
    /// The high-water mark: every event still to come has a position after it.
    pub(super) head: Position,
    /// The low-water mark: the last event that was deleted for its age.
    pub(super) floor: Position,
    /// The events, in order; those after the high-water mark are visible but not
    /// final.
    pub(super) events: Vec<RecordedEvent>,
}

/// The last event that is final, or the last that was deleted if that comes later.
const LAST_EVENT: &str = "
    (SELECT horizon, number FROM events
     WHERE horizon < (SELECT horizon FROM event_head)
     ORDER BY horizon DESC, number DESC LIMIT 1)
    UNION ALL
    SELECT horizon, number FROM event_floor
    ORDER BY horizon DESC, number DESC
    LIMIT 1";

/// The connection, with its prepared statements.
pub(super) struct ClusterClient {
    client: Client,
    server: Server,
    generation: Generation,
    _counted: Counted,
    read_events: Statement,
    read_peers: Statement,
}

// === impl ClusterClient ===

impl ClusterClient {
    /// Connects, and records which server this is. `trust` is how long nodes may use
    /// their caches after a renewal. The end of the connection wakes the event consumer,
    /// which then notices it.
    pub(super) async fn connect(
        source: &Source,
        wakeups: Arc<Wakeups>,
        trust: Duration,
    ) -> Result<Self, PortError> {
        let OpenClient {
            client,
            driver,
            server,
            generation,
            counted,
        } = source.client("apikey-feed", |_| ()).await?;
        tokio::spawn(async move {
            let _ended = driver.await;
            wakeups.now.notify_one();
        });
        record_server(&client, server, trust).await?;
        client.batch_execute(SETTINGS).await.map_err(failed)?;
        Ok(Self {
            read_events: client.prepare(READ_EVENTS).await.map_err(failed)?,
            read_peers: client
                .prepare(
                    "SELECT id, renewal, applied, trust_milliseconds FROM nodes WHERE id <> $1",
                )
                .await
                .map_err(failed)?,
            client,
            server,
            generation,
            _counted: counted,
        })
    }

    /// Returns the server that it leads to.
    pub(super) fn server(&self) -> Server {
        self.server
    }

    /// Returns the generation that it belongs to.
    pub(super) fn generation(&self) -> Generation {
        self.generation
    }

    /// Returns the position of the last event that is final, or of the last that was
    /// deleted if that comes later.
    pub(super) async fn last_event(&self) -> Result<Position, PortError> {
        let row = self.client.query_one(LAST_EVENT, &[]).await;
        let row = row.map_err(failed)?;
        Ok(Position {
            horizon: row.try_get(0).map_err(failed)?,
            number: row.try_get(1).map_err(failed)?,
        })
    }

    /// Reads a page of the events after `after`.
    pub(super) async fn read_events(&self, after: Position) -> Result<SnapshotPage, PortError> {
        let limit = PAGE_SIZE as i64;
        let rows = self
            .client
            .query(&self.read_events, &[&after.horizon, &after.number, &limit])
            .await
            .map_err(failed)?;
        let first = rows
            .first()
            .ok_or_else(|| PortError::Corrupt("event_head has no row".to_owned()))?;
        let snapshot_text: String = first.try_get(0).map_err(failed)?;
        let head = first.try_get(1).map_err(failed)?;
        let mut page = SnapshotPage {
            snapshot: snapshot(&snapshot_text)?,
            snapshot_text,
            head: Position::before_horizon(head),
            floor: Position {
                horizon: first.try_get(2).map_err(failed)?,
                number: first.try_get(3).map_err(failed)?,
            },
            events: Vec::with_capacity(rows.len()),
        };
        for row in &rows {
            page.push(row)?;
        }
        Ok(page)
    }

    /// Inserts a new row for this node, durably. Returns its id.
    pub(super) async fn register(
        &mut self,
        applied: &str,
        peppers: &str,
        trust: Duration,
    ) -> Result<i64, PortError> {
        let transaction = self.client.transaction().await.map_err(failed)?;
        transaction
            .batch_execute("SET LOCAL synchronous_commit = on")
            .await
            .map_err(failed)?;
        let insert = "INSERT INTO nodes (renewal, applied, trust_milliseconds, protocol, peppers) \
                      VALUES (1, $1, $2, $3, $4) RETURNING id";
        let protocol = Protocol::CURRENT.number();
        let trust = trust.as_millis() as i64;
        let row = transaction
            .query_one(insert, &[&applied, &trust, &protocol, &peppers])
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        row.try_get(0).map_err(failed)
    }

    /// Renews the row of this node, and runs `notify` with it. Returns whether the row
    /// existed.
    pub(super) async fn renew(
        &self,
        id: i64,
        applied: &str,
        peppers: &str,
        notify: Option<&str>,
    ) -> Result<bool, PortError> {
        // One message, so that both take place or neither. The snapshot and the ids of the
        // peppers are digits and punctuation.
        let notify = notify.unwrap_or_default();
        let statements = format!(
            "UPDATE nodes SET renewal = renewal + 1, applied = '{applied}', \
             peppers = '{peppers}' WHERE id = {id}; {notify}"
        );
        let messages = self
            .client
            .simple_query(&statements)
            .await
            .map_err(failed)?;
        let updated = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::CommandComplete(count) => Some(*count),
            _ => None,
        });
        Ok(updated == Some(1))
    }

    /// Reads the rows of the other nodes.
    pub(super) async fn read_peers(&self, id: i64) -> Result<Vec<NodeRow>, PortError> {
        let rows = self
            .client
            .query(&self.read_peers, &[&id])
            .await
            .map_err(failed)?;
        let rows = rows.iter().map(|row| {
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

    /// Deletes a row, unless it was renewed meanwhile.
    pub(super) async fn remove(&self, id: i64, renewal: i64) -> Result<(), PortError> {
        let delete = "DELETE FROM nodes WHERE id = $1 AND renewal = $2";
        let removed = self.client.execute(delete, &[&id, &renewal]).await;
        removed.map(drop).map_err(failed)
    }

    /// Deletes the row of this node, whose lease has ended.
    pub(super) async fn leave(&self, id: i64) -> Result<(), PortError> {
        let delete = "DELETE FROM nodes WHERE id = $1";
        let removed = self.client.execute(delete, &[&id]).await;
        removed.map(drop).map_err(failed)
    }

    /// Runs a statement that returns nothing.
    pub(super) async fn execute(&self, statement: &str) -> Result<(), PortError> {
        self.client.batch_execute(statement).await.map_err(failed)
    }
}

// === impl SnapshotPage ===

impl SnapshotPage {
    /// Adds the event of a row. A page without events has one row, without an event.
    fn push(&mut self, row: &Row) -> Result<(), PortError> {
        let Some(horizon) = row.try_get(4).map_err(failed)? else {
            return Ok(());
        };
        let text = |column| -> Result<Option<StoredText>, PortError> {
            let text: Option<String> = row.try_get(column).map_err(failed)?;
            Ok(text.map(StoredText))
        };
        let row = EventRow {
            horizon,
            number: row.try_get(5).map_err(failed)?,
            transaction_id: row.try_get(6).map_err(failed)?,
            kind: StoredText(row.try_get(7).map_err(failed)?),
            at: row.try_get(8).map_err(failed)?,
            by_user_id: row.try_get(9).map_err(failed)?,
            by_api_key_id: row.try_get(10).map_err(failed)?,
            api_key_id: row.try_get(11).map_err(failed)?,
            user_id: row.try_get(12).map_err(failed)?,
            principal_id: row.try_get(13).map_err(failed)?,
            before: text(14)?,
            after: text(15)?,
        };
        self.events.push(row.into());
        Ok(())
    }
}

fn failed(error: Error) -> PortError {
    unavailable(error)
}
