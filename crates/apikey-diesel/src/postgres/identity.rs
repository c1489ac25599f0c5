//! Asks a server what it is when a connection is opened.

use super::primary::Server;
use crate::failure::unavailable;
use apikey_domain::error::PortError;
use diesel::{
    prelude::QueryableByName,
    sql_types::{BigInt, Bool, Nullable, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tokio_postgres::Client;

/// The timeline is that of the write-ahead log, which a promotion changes at once; the
/// control file follows with the next checkpoint.
const IDENTIFY: &str = "
    SELECT
        (SELECT system_identifier FROM pg_control_system()) AS system_identifier,
        CASE WHEN NOT pg_is_in_recovery() THEN
            ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint
        END AS timeline,
        current_setting('transaction_read_only')::boolean AS is_read_only,
        current_setting('server_encoding') AS encoding";

/// What a server says of itself.
#[derive(QueryableByName)]
pub(crate) struct Identity {
    #[diesel(sql_type = BigInt)]
    system_identifier: i64,
    /// `None` on a standby.
    #[diesel(sql_type = Nullable<BigInt>)]
    timeline: Option<i64>,
    #[diesel(sql_type = Bool)]
    is_read_only: bool,
    #[diesel(sql_type = Text)]
    encoding: String,
}

// === impl Identity ===

impl Identity {
    pub(crate) async fn of(connection: &mut AsyncPgConnection) -> Result<Self, PortError> {
        let query = diesel::sql_query(IDENTIFY);
        query.get_result(connection).await.map_err(unavailable)
    }

    pub(crate) async fn of_client(client: &Client) -> Result<Self, PortError> {
        let row = client.query_one(IDENTIFY, &[]).await.map_err(unavailable)?;
        Ok(Self {
            system_identifier: row.try_get(0).map_err(unavailable)?,
            timeline: row.try_get(1).map_err(unavailable)?,
            is_read_only: row.try_get(2).map_err(unavailable)?,
            encoding: row.try_get(3).map_err(unavailable)?,
        })
    }

    /// Returns the server, if it can be worked with.
    ///
    /// # Errors
    ///
    /// If it is a standby, read-only, or cannot store every text.
    pub(crate) fn writable_primary(self) -> Result<Server, PortError> {
        if self.encoding != "UTF8" {
            return Err(unavailable(format!(
                "the encoding of the database is {}, which cannot store every name: create it with \
                 ENCODING 'UTF8' (CREATE DATABASE ... TEMPLATE template0 ENCODING 'UTF8')",
                self.encoding
            )));
        }
        let Some(timeline) = self.timeline else {
            return Err(unavailable(
                "the server is a standby: the address of the database must lead to the primary",
            ));
        };
        if self.is_read_only {
            return Err(unavailable(
                "the server is read-only (default_transaction_read_only is on)",
            ));
        }
        Ok(Server {
            system_identifier: self.system_identifier,
            timeline,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_writable_primary_in_utf8_is_worked_with() {
        let identity = |timeline, is_read_only, encoding: &str| Identity {
            system_identifier: 7,
            timeline,
            is_read_only,
            encoding: encoding.to_owned(),
        };
        let server = identity(Some(3), false, "UTF8").writable_primary().unwrap();
        assert_eq!((server.system_identifier, server.timeline), (7, 3));
        for (refused, word) in [
            (identity(None, true, "UTF8"), "standby"),
            (identity(Some(3), true, "UTF8"), "read-only"),
            (identity(Some(3), false, "LATIN1"), "ENCODING 'UTF8'"),
            (identity(Some(3), false, "SQL_ASCII"), "ENCODING 'UTF8'"),
        ] {
            let error = refused.writable_primary().unwrap_err();
            let causes = apikey_domain::error::with_causes(&error);
            assert!(causes.contains(word), "{causes}");
        }
    }
}
