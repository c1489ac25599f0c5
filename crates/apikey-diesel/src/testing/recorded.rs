//! Events as another release recorded them, or damaged, as statements.

use super::{Location, TestDatabase, connect, other};
use crate::sqlite::connection::Source;
use apikey_domain::error::PortError;
use diesel_async::SimpleAsyncConnection;
use serde_json::Value;
use std::time::Duration;

const COLUMNS: [&str; 9] = [
    "kind",
    "at",
    "by_user_id",
    "by_api_key_id",
    "api_key_id",
    "user_id",
    "principal_id",
    "before",
    "after",
];

/// Returns the statements that insert events, a JSON array of rows, without
/// notifying any cache.
///
/// # Errors
///
/// When it is no such array.
pub fn inserts(events: &str) -> Result<Vec<String>, PortError> {
    let events: Vec<Value> = serde_json::from_str(events).map_err(other)?;
    let inserts = events.iter().map(|event| {
        let values = COLUMNS.map(|column| literal(&event[column]));
        let (columns, values) = (COLUMNS.join(", "), values.join(", "));
        format!("INSERT INTO events ({columns}) VALUES ({values})")
    });
    Ok(inserts.collect())
}

/// Returns the statements by which PostgreSQL damages every event of a kind from
/// then on, before it is written.
pub fn damage(kind: &str) -> Vec<String> {
    let function = "CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN NEW.before := 'damaged'; RETURN NEW; END $$";
    let kind = literal(&Value::from(kind));
    let trigger = format!(
        "CREATE TRIGGER damage BEFORE INSERT ON events FOR EACH ROW
         WHEN (NEW.kind = {kind}) EXECUTE FUNCTION damage()"
    );
    vec![function.to_owned(), trigger]
}

impl TestDatabase {
    /// Inserts the events in `events`, a JSON array of rows, without publishing them,
    /// and waits until they are final. Returns how many.
    ///
    /// # Errors
    ///
    /// When `events` is not such an array, or the events cannot be inserted.
    pub async fn record(&self, events: &str) -> Result<usize, PortError> {
        let inserts = inserts(events)?;
        self.execute(&inserts).await?;
        self.wait_until_final().await?;
        Ok(inserts.len())
    }

    /// Waits until all events are final. On PostgreSQL any open transaction of the
    /// server delays that, such as one of another test that creates its database.
    async fn wait_until_final(&self) -> Result<(), PortError> {
        let Location::Postgres { server, name } = &self.location else {
            return Ok(());
        };
        let client = connect(server.clone().dbname(name)).await?;
        loop {
            let pending = "SELECT 1 FROM events, event_head \
                           WHERE events.horizon >= event_head.horizon LIMIT 1";
            if client
                .query_opt(pending, &[])
                .await
                .map_err(other)?
                .is_none()
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Runs statements that return no rows.
    ///
    /// # Errors
    ///
    /// When one of them fails.
    pub async fn execute(&self, statements: &[String]) -> Result<(), PortError> {
        let statements = statements.join(";\n");
        match &self.location {
            Location::Sqlite { path, .. } => {
                let mut connection = Source::new(path).connect().await?;
                connection.batch_execute(&statements).await.map_err(other)
            }
            Location::Postgres { server, name } => {
                let mut server = server.clone();
                let client = connect(server.dbname(name)).await?;
                client.batch_execute(&statements).await.map_err(other)
            }
        }
    }
}

/// Returns a value as an SQL literal.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => other.to_string(),
    }
}
