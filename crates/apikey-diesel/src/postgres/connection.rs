//! PostgreSQL connections: to the primary only, as many as there may be, with TLS if the
//! URL asks for it.

mod certificate;

use super::{
    bare_client,
    connection_limit::{ConnectionLimit, Counted, REFUSED_PAUSE},
    identity::Identity,
    primary::{Generation, Primary, Server},
    url::{check, client_config, config, ssl_mode},
};
use crate::failure::{is_connection_refused, unavailable};
use apikey_domain::error::PortError;
use diesel_async::{
    AsyncPgConnection, SimpleAsyncConnection, pooled_connection::PoolableConnection,
};
use rustls::ClientConfig;
use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, NoTls, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The connection on which the queries run.
pub(crate) type Connection = AsyncPgConnection;

/// The settings of every connection: no statement, lock or open transaction blocks
/// others for long, and a commit that is answered is on disk. Every query has an index
/// and reads few rows at a time, so there is one plan, which holds for a table of any
/// size: one that was made when a table was small never reads all of it later.
const SETTINGS: &str = "
    SET statement_timeout = '15s';
    SET lock_timeout = '3s';
    SET idle_in_transaction_session_timeout = '10s';
    SET synchronous_commit = 'on';
    SET jit = 'off';
    SET enable_seqscan = 'off';
    SET enable_hashjoin = 'off';
    SET enable_mergejoin = 'off';
";
/// How long a server may stay silent before the connection is closed.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long it may take to open a connection, the TLS and PostgreSQL handshakes
/// included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a request to cancel a statement may take.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(1);

/// Opens connections.
#[derive(Clone)]
pub(crate) struct Source {
    config: Config,
    tls: Option<Arc<ClientConfig>>,
    primary: Primary,
    limit: ConnectionLimit,
}

/// A connection to what was the primary when it was opened.
pub(crate) struct OpenConnection {
    connection: Connection,
    generation: Generation,
    primary: Primary,
    _counted: Counted,
}

/// A connection without diesel.
pub(crate) struct OpenClient {
    pub(crate) client: Client,
    /// Drives the connection; ends when it does.
    pub(crate) driver: JoinHandle<()>,
    pub(crate) server: Server,
    pub(crate) generation: Generation,
    pub(crate) counted: Counted,
}

// === impl Source ===

impl Source {
    /// Checks a `postgres://` URL. Returns what was expected if it is invalid.
    pub(crate) fn check(url: &str) -> Result<(), String> {
        check(url)
    }

    /// Parses a `postgres://` URL. Without `sslmode` connections are not encrypted.
    /// With `require` or `verify-full` they are, and the server's certificate is
    /// checked against the machine's root certificates. `prefer` does the same with
    /// a server that offers TLS, and falls back to plain text with one that does
    /// not. There are at most `connections` connections.
    pub(crate) fn from_url(url: &str, connections: usize) -> Result<Self, PortError> {
        let mut config = config(url).map_err(unavailable)?;
        if ssl_mode(url).is_none() {
            config.ssl_mode(SslMode::Disable);
        }
        config
            .tcp_user_timeout(TCP_USER_TIMEOUT)
            .keepalives_idle(TCP_USER_TIMEOUT)
            .keepalives_interval(Duration::from_secs(2))
            .keepalives_retries(3);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_application_name().is_none() {
            config.application_name("apikey");
        }
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => None,
            _ => Some(Arc::new(client_config(Duration::ZERO)?)),
        };
        Ok(Self {
            config,
            tls,
            primary: Primary::new(),
            limit: ConnectionLimit::new(connections),
        })
    }

    /// Returns what this node knows of the primary.
    pub(crate) fn primary(&self) -> &Primary {
        &self.primary
    }

    /// Returns how many connections there are and may be.
    pub(crate) fn limit(&self) -> &ConnectionLimit {
        &self.limit
    }

    /// Returns whether slow changes can have a connection of their own.
    pub(crate) fn has_slow_lane(&self) -> bool {
        !self.limit.is_tight()
    }

    /// Opens a connection that the node cannot do without. When the server refuses
    /// another, parts that can do with fewer close one; dropping this future gives up.
    ///
    /// # Errors
    ///
    /// Any other failure.
    pub(crate) async fn connect(&self) -> Result<OpenConnection, PortError> {
        loop {
            match self.try_connect().await {
                Err(error) if is_connection_refused(&error) => {
                    self.limit.claim();
                    tokio::time::sleep(REFUSED_PAUSE).await;
                }
                connected => return connected,
            }
        }
    }

    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// If there is no primary, or it refuses the connection.
    pub(crate) async fn try_connect(&self) -> Result<OpenConnection, PortError> {
        // The timeout in the configuration covers the TCP handshake only.
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, self.connect_and_identify()).await;
        let connected = connected.unwrap_or_else(|_| Err(unavailable("the server did not answer")));
        self.note(connected)
    }

    /// Opens a connection without diesel that passes the payload of each notification
    /// to `on_notification`.
    ///
    /// # Errors
    ///
    /// If there is no primary, or it refuses the connection.
    pub(crate) async fn client(
        &self,
        name: &str,
        on_notification: impl Fn(&str) + Send + 'static,
    ) -> Result<OpenClient, PortError> {
        let connecting = self.client_and_identity(name, on_notification);
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
        let connected = connected.unwrap_or_else(|_| Err(unavailable("the server did not answer")));
        self.note(connected)
    }

    /// Opens a connection that nothing is asked on yet, and nothing set.
    ///
    /// # Errors
    ///
    /// If it is refused.
    pub(crate) async fn unasked(&self) -> Result<(Client, Counted), PortError> {
        let counted = self.limit.count();
        let opened = bare_client::open(&self.config, self.tls.as_ref(), |_| {});
        let opened = tokio::time::timeout(CONNECT_TIMEOUT, opened).await;
        let opened = opened.unwrap_or_else(|_| Err(unavailable("the server did not answer")));
        Ok((opened?.0, counted))
    }

    /// Asks the server to cancel the statement that `connection` runs.
    pub(crate) async fn cancel(&self, connection: &Connection) {
        let token = connection.cancel_token();
        let canceling = async {
            match &self.tls {
                None => token.cancel_query(NoTls).await,
                Some(tls) => {
                    let connector = MakeRustlsConnect::new(ClientConfig::clone(tls));
                    token.cancel_query(connector).await
                }
            }
        };
        // If it does not work, the statement ends with its own timeout.
        let _ = tokio::time::timeout(CANCEL_TIMEOUT, canceling).await;
    }

    async fn connect_and_identify(&self) -> Result<OpenConnection, PortError> {
        let counted = self.limit.count();
        let mut connection = match &self.tls {
            None => {
                let (client, driver) = self.config.connect(NoTls).await.map_err(unavailable)?;
                AsyncPgConnection::try_from_client_and_connection(client, driver).await
            }
            Some(tls) => {
                let connector = MakeRustlsConnect::new(ClientConfig::clone(tls));
                let (client, driver) = self.config.connect(connector).await.map_err(unavailable)?;
                AsyncPgConnection::try_from_client_and_connection(client, driver).await
            }
        }
        .map_err(unavailable)?;
        let set = connection.batch_execute(SETTINGS).await;
        set.map_err(unavailable)?;
        let server = Identity::of(&mut connection).await?.writable_primary()?;
        Ok(OpenConnection {
            connection,
            generation: self.primary.admit(server).map_err(unavailable)?,
            primary: self.primary.clone(),
            _counted: counted,
        })
    }

    async fn client_and_identity(
        &self,
        name: &str,
        on_notification: impl Fn(&str) + Send + 'static,
    ) -> Result<OpenClient, PortError> {
        let mut config = self.config.clone();
        config.application_name(name);
        let counted = self.limit.count();
        let opened = bare_client::open(&config, self.tls.as_ref(), on_notification);
        let (client, driver) = opened.await?;
        let server = Identity::of_client(&client).await?.writable_primary()?;
        Ok(OpenClient {
            client,
            driver,
            server,
            generation: self.primary.admit(server).map_err(unavailable)?,
            counted,
        })
    }

    fn note<T>(&self, connected: Result<T, PortError>) -> Result<T, PortError> {
        match &connected {
            Ok(_) => self.limit.accepted(),
            Err(error) if is_connection_refused(error) => self.limit.refused(),
            Err(_) => {}
        }
        connected
    }
}

// === impl OpenConnection ===

impl OpenConnection {
    /// Returns whether what it returns counts: the primary is still the server that this
    /// leads to.
    pub(crate) fn is_current(&self) -> bool {
        self.primary.is_current(self.generation)
    }

    /// Returns whether it can be used again.
    pub(crate) fn is_usable(&mut self) -> bool {
        self.is_current() && !self.connection.is_broken()
    }

    pub(crate) fn generation(&self) -> Generation {
        self.generation
    }

    /// Records that the server turned out to be read-only.
    pub(crate) fn distrust(&self) {
        self.primary.distrust(self.generation);
    }

    /// Returns the connection, to be used for something that needs no primary later.
    pub(crate) fn into_inner(self) -> Connection {
        self.connection
    }
}

impl Deref for OpenConnection {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for OpenConnection {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_used_when_the_url_asks_for_it() {
        let table = [
            ("postgres://me@db/apikey", SslMode::Disable),
            ("postgres://me:sslmode=require@db/apikey", SslMode::Disable),
            ("postgres://me@db/apikey?sslmode=prefer", SslMode::Prefer),
            ("postgres://me:p?w@db/x?sslmode=require", SslMode::Require),
            (
                "postgres://me@db/apikey?connect_timeout=3&sslmode=verify-full",
                SslMode::Require,
            ),
        ];
        for (url, mode) in table {
            let source = Source::from_url(url, 20).unwrap();
            assert_eq!(source.config.get_ssl_mode(), mode, "{url}");
            assert_eq!(source.tls.is_some(), mode != SslMode::Disable, "{url}");
        }
        let refused = Source::check("postgres://me@db/apikey?sslmode=maybe").unwrap_err();
        assert_eq!(
            refused,
            "sslmode is disable, prefer, require or verify-full"
        );
    }
}
