//! What a test asks of two PostgreSQL servers of which one copies the other.

use crate::database::postgres;
use anyhow::{Result, bail};
use diesel::{QueryableByName, sql_query, sql_types::BigInt};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use std::time::{Duration, Instant};

/// How soon two servers must have found, or lost, each other.
const LIMIT: Duration = Duration::from_secs(30);

const POLL_INTERVAL: Duration = Duration::from_millis(20);

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Keeps a standby from replaying what it receives, and returns once it has stopped:
/// queries on it find from now on what they find at this moment.
pub async fn pause_replay(url: &str) -> Result<()> {
    let mut standby = postgres(url).await?;
    standby
        .batch_execute("SELECT pg_wal_replay_pause()")
        .await?;
    let paused = "pg_get_wal_replay_pause_state() = 'paused'";
    until(&mut standby, paused, "the standby does not pause").await
}

/// Waits until a primary sends its log to a standby, and, where it waits for its
/// standby, until it does so.
pub async fn until_sent(url: &str) -> Result<()> {
    let sent = "EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming' AND \
                (sync_state = 'sync' OR current_setting('synchronous_standby_names') = ''))";
    let mut primary = postgres(url).await?;
    until(&mut primary, sent, "the primary has no standby").await
}

/// Waits until a primary sends its log to nobody.
pub async fn until_not_sent(url: &str) -> Result<()> {
    let ended = "NOT EXISTS (SELECT FROM pg_stat_replication)";
    let mut primary = postgres(url).await?;
    until(&mut primary, ended, "the primary still has its standby").await
}

async fn until(connection: &mut AsyncPgConnection, condition: &str, late: &str) -> Result<()> {
    let question = format!("SELECT count(*) AS count WHERE {condition}");
    let since = Instant::now();
    while since.elapsed() < LIMIT {
        let row: CountRow = sql_query(&question).get_result(connection).await?;
        if row.count > 0 {
            return Ok(());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    bail!("{late} within {} s", LIMIT.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;
    use xtask_programs::postgres::{Cluster, Durability, Replication, Settings};

    const MOMENT: Duration = Duration::from_millis(500);

    async fn run(cluster: &Cluster, statement: &str) -> Result<()> {
        let mut connection = postgres(&cluster.url()).await?;
        Ok(connection.batch_execute(statement).await?)
    }

    async fn count(cluster: &Cluster) -> i64 {
        let mut connection = postgres(&cluster.url()).await.unwrap();
        let counted = sql_query("SELECT count(*) AS count FROM t");
        let row: CountRow = counted.get_result(&mut connection).await.unwrap();
        row.count
    }

    #[tokio::test]
    async fn two_servers_change_places_and_each_has_what_it_is_promised() {
        let mut a = Cluster::start(&Settings {
            durability: Durability::Durable,
            max_connections: 20,
        })
        .unwrap();
        let mut b = Cluster::start_standby_of(&a).unwrap();
        a.set_replication(Replication::Synchronous).unwrap();
        until_sent(&a.url()).await.unwrap();
        run(&a, "CREATE TABLE t (); INSERT INTO t DEFAULT VALUES")
            .await
            .unwrap();
        assert!(run(&b, "INSERT INTO t DEFAULT VALUES").await.is_err());
        // A commit waits for B's disk, and takes place once B continues.
        b.freeze().unwrap();
        let insert = "INSERT INTO t DEFAULT VALUES";
        assert!(timeout(MOMENT, run(&a, insert)).await.is_err());
        b.thaw().unwrap();

        // What B does not receive is lost with A.
        a.set_replication(Replication::Asynchronous).unwrap();
        b.stop_receiving().unwrap();
        until_not_sent(&a.url()).await.unwrap();
        run(&a, "INSERT INTO t DEFAULT VALUES").await.unwrap();
        a.stop_server().unwrap();
        a.start_server_as_standby_of(&b).unwrap();
        pause_replay(&a.url()).await.unwrap();
        b.promote().unwrap();
        run(&b, "INSERT INTO t SELECT FROM generate_series(1, 5)")
            .await
            .unwrap();
        assert_eq!((count(&a).await, count(&b).await), (3, 7));
        assert!(run(&a, "INSERT INTO t DEFAULT VALUES").await.is_err());
    }

    #[tokio::test]
    async fn a_frozen_server_answers_once_it_continues() {
        let mut cluster = Cluster::start(&Settings {
            durability: Durability::Throwaway,
            max_connections: 20,
        })
        .unwrap();
        let mut early = postgres(&cluster.url()).await.unwrap();
        cluster.freeze().unwrap();
        let mut answer = Box::pin(early.batch_execute("SELECT 1"));
        assert!(timeout(MOMENT, &mut answer).await.is_err());
        let url = cluster.url();
        assert!(timeout(MOMENT, postgres(&url)).await.is_err());
        cluster.thaw().unwrap();
        answer.await.unwrap();
        cluster.freeze().unwrap();
        // A frozen server is stopped and removed, too.
        drop(cluster);
    }
}
