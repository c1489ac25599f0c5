//! Finds out whether a pooler stands before the server that gives each transaction of a
//! connection to another connection of the server.
//!
//! What belongs to a session would be lost or reach others then: settings, prepared
//! statements, `LISTEN`, advisory locks.

use super::{connection::Source, connection_limit::Counted};
use crate::failure::{is_connection_refused, unavailable};
use apikey_domain::error::{PortError, with_causes};
use std::{collections::HashSet, time::Duration};
use tokio_postgres::{Client, SimpleQueryMessage};

/// How many connections are looked at, at once.
const CONNECTIONS: usize = 3;
/// How often they are compared.
const ROUNDS: usize = 3;
/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(10);

const REFUSED: &str = "a pooler before PostgreSQL gives each transaction to another session, which \
    loses settings, prepared statements and notifications: set pool_mode = session for this \
    database or user in PgBouncer, or connect to PostgreSQL directly";

/// Refuses a pooler that does not keep a session of the server for each connection.
///
/// # Errors
///
/// If there is one, or the server does not answer.
pub(crate) async fn refuse(source: &Source) -> Result<(), PortError> {
    let keeps = tokio::time::timeout(LIMIT, keeps_sessions(source)).await;
    let keeps = keeps.unwrap_or_else(|_| {
        Err(unavailable(format!(
            "{CONNECTIONS} connections at once got no answer: a pooler needs a larger pool_size"
        )))
    });
    match keeps? {
        true => Ok(()),
        false => Err(unavailable(REFUSED)),
    }
}

/// Returns whether each connection has a session of its own that stays. While transactions
/// are open on the others, one that does not have its own session gets another or waits.
async fn keeps_sessions(source: &Source) -> Result<bool, PortError> {
    let mut opened: Vec<(Client, Counted)> = Vec::new();
    while opened.len() < CONNECTIONS {
        match source.unasked().await {
            Ok(connection) => opened.push(connection),
            // Where there are so few, the node reports it when it needs them.
            Err(error) if is_connection_refused(&error) => break,
            Err(error) => return Err(error),
        }
    }
    let Some(((first, _), others)) = opened.split_first() else {
        return Ok(true);
    };
    // Which connection was answered by which session.
    let mut seen = HashSet::new();
    for _ in 0..ROUNDS {
        seen.insert((0, session(first).await?));
        for (number, (other, _)) in (1..).zip(others) {
            other.batch_execute("BEGIN").await.map_err(refused)?;
            seen.insert((number, session(other).await?));
        }
        seen.insert((0, session(first).await?));
        for (other, _) in others {
            other.batch_execute("COMMIT").await.map_err(refused)?;
        }
    }
    let sessions: HashSet<&String> = seen.iter().map(|(_, session)| session).collect();
    Ok(seen.len() == opened.len() && sessions.len() == opened.len())
}

/// Returns the process of the server that answers. The simple protocol prepares nothing.
async fn session(client: &Client) -> Result<String, PortError> {
    let answer = client.simple_query("SELECT pg_backend_pid()").await;
    let answer = answer.map_err(unavailable)?;
    let row = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    let process = row.ok_or_else(|| unavailable("the server did not name its process"))?;
    Ok(process.to_owned())
}

/// A pooler that gives away single statements refuses transactions.
fn refused(error: tokio_postgres::Error) -> PortError {
    if with_causes(&error).contains("pooling mode") {
        return unavailable(REFUSED);
    }
    unavailable(error)
}
