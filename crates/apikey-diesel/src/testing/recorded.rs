//! Events that were recorded by another release, or damaged.

use super::{Kind, TestDatabase, connect, other};
use crate::sqlite::connection::Source;
use apikey_domain::error::PortError;
use diesel_async::SimpleAsyncConnection;
use serde_json::Value;

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
    /// Writes events as they stand in `events`, a JSON array of rows, past
    /// everything that hears of changes. Returns how many.
    ///
    /// # Errors
    ///
    /// When they are no such array, or cannot be written.
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
        Ok(events.len())
    }

    /// Runs statements that answer nothing.
    ///
    /// # Errors
    ///
    /// When one of them fails.
    pub async fn execute(&self, statements: &str) -> Result<(), PortError> {
        match &self.kind {
            Kind::Sqlite { path, .. } => {
                let mut connection = Source::new(path).connect().await?;
                connection.batch_execute(statements).await.map_err(other)
            }
            Kind::Postgres { server, name } => {
                let mut server = server.clone();
                let client = connect(server.dbname(name)).await?;
                client.batch_execute(statements).await.map_err(other)
            }
        }
    }

    /// From now on every event of this kind is damaged before it is written.
    /// PostgreSQL only.
    ///
    /// # Errors
    ///
    /// When the trigger cannot be made.
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

/// A value as SQL has it.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => other.to_string(),
    }
}
