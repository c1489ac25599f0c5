//! Inserts events as another release recorded them, or damaged.

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

impl TestDatabase {
    /// Inserts the events in `events`, a JSON array of rows, without publishing them,
    /// and waits until they are final. Returns how many.
    ///
    /// # Errors
    ///
    /// When `events` is not such an array, or the events cannot be inserted.
    pub async fn record(&self, events: &str) -> Result<usize, PortError> {
        let events: Vec<Value> = serde_json::from_str(events).map_err(other)?;
        let inserts = events.iter().map(|event| {
            let values = COLUMNS.map(|column| literal(&event[column]));
            format!(
                "INSERT INTO events ({}) VALUES ({});\n",
                COLUMNS.join(", "),
                values.join(", ")
            )
        });
        self.execute(&inserts.collect::<String>()).await?;
        self.wait_until_final().await?;
        Ok(events.len())
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
    pub async fn execute(&self, statements: &str) -> Result<(), PortError> {
        match &self.location {
            Location::Sqlite { path, .. } => {
                let mut connection = Source::new(path).connect().await?;
                connection.batch_execute(statements).await.map_err(other)
            }
            Location::Postgres { server, name } => {
                let mut server = server.clone();
                let client = connect(server.dbname(name)).await?;
                client.batch_execute(statements).await.map_err(other)
            }
        }
    }

    /// Damages every future event of this kind before it is inserted. PostgreSQL only.
    ///
    /// # Errors
    ///
    /// When the trigger cannot be created.
    pub async fn damage_events(&self, kind: &str) -> Result<(), PortError> {
        let damage = "
            CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN NEW.before := 'damaged'; RETURN NEW; END $$";
        let kind = literal(&Value::from(kind));
        let trigger = format!(
            "CREATE TRIGGER damage BEFORE INSERT ON events FOR EACH ROW
             WHEN (NEW.kind = {kind}) EXECUTE FUNCTION damage()"
        );
        self.execute(&format!("{damage}; {trigger};")).await
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
