//! PostgreSQL connections, with TLS if the URL asks for it.

use crate::failure::unavailable;
use apikey_domain::error::PortError;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use rustls::ClientConfig;
use std::{future::poll_fn, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinHandle,
};
use tokio_postgres::{AsyncMessage, Client, Config, NoTls, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The connection on which the queries run.
pub(crate) type Connection = AsyncPgConnection;

/// The settings of every connection: no statement, lock or open transaction blocks
/// others for long, and a commit that is answered is on disk.
const SETTINGS: &str = "
    SET statement_timeout = '15s';
    SET lock_timeout = '3s';
    SET idle_in_transaction_session_timeout = '10s';
    SET synchronous_commit = 'on';
    SET jit = 'off';
";
/// How long a server may stay silent before the connection is closed.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long it may take to open a connection, the TLS and PostgreSQL handshakes
/// included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request to cancel a statement may take.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(1);

/// Opens connections.
#[derive(Clone)]
pub(crate) struct Source {
    config: Config,
    tls: Option<Arc<ClientConfig>>,
}

// === impl Source ===

impl Source {
    /// Checks a `postgres://` URL. Returns what was expected if it is invalid.
    pub(crate) fn check(url: &str) -> Result<(), String> {
        match ssl_mode(url) {
            None | Some("disable" | "prefer" | "require" | "verify-full") => {}
            Some(_) => {
                return Err("sslmode is disable, prefer, require or verify-full".to_owned());
            }
        }
        config(url).map(drop).map_err(|error| error.to_string())
    }

    /// Parses a `postgres://` URL. Without `sslmode` connections are not encrypted.
    /// With `require` or `verify-full` they are, and the server's certificate is
    /// checked against the machine's root certificates. `prefer` does the same with
    /// a server that offers TLS, and falls back to plain text with one that does
    /// not.
    pub(crate) fn from_url(url: &str) -> Result<Self, PortError> {
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
            config.connect_timeout(Duration::from_secs(5));
        }
        if config.get_application_name().is_none() {
            config.application_name("apikey");
        }
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => None,
            _ => Some(Arc::new(client_config()?)),
        };
        Ok(Self { config, tls })
    }

    pub(crate) async fn connect(&self) -> Result<Connection, PortError> {
        self.establish().await.map_err(unavailable)
    }

    pub(crate) async fn establish(&self) -> ConnectionResult<Connection> {
        // The timeout in the configuration covers the TCP handshake only.
        tokio::time::timeout(CONNECT_TIMEOUT, self.establish_without_timeout())
            .await
            .unwrap_or_else(|_| {
                let message = "the server did not answer".to_owned();
                Err(ConnectionError::BadConnection(message))
            })
    }

    /// Opens a connection without diesel that passes the payload of each
    /// notification to `on_notification`. Returns it with the task that drives it,
    /// which ends when the connection does.
    pub(crate) async fn client(
        &self,
        name: &str,
        on_notification: impl Fn(&str) + Send + 'static,
    ) -> Result<(Client, JoinHandle<()>), PortError> {
        let mut config = self.config.clone();
        config.application_name(name);
        let connecting = async {
            match &self.tls {
                None => {
                    let (client, driver) = config.connect(NoTls).await?;
                    Ok((client, tokio::spawn(drive(driver, on_notification))))
                }
                Some(tls) => {
                    let connector = MakeRustlsConnect::new(ClientConfig::clone(tls));
                    let (client, driver) = config.connect(connector).await?;
                    Ok((client, tokio::spawn(drive(driver, on_notification))))
                }
            }
        };
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
        let connected = connected.map_err(|_| unavailable("the server did not answer"))?;
        connected.map_err(|error: tokio_postgres::Error| unavailable(error))
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

    async fn establish_without_timeout(&self) -> ConnectionResult<Connection> {
        let refused = |error: tokio_postgres::Error| {
            ConnectionError::BadConnection(
                std::error::Error::source(&error)
                    .map_or_else(|| error.to_string(), |source| format!("{error}: {source}")),
            )
        };
        let mut connection = match &self.tls {
            None => {
                let (client, driver) = self.config.connect(NoTls).await.map_err(refused)?;
                AsyncPgConnection::try_from_client_and_connection(client, driver).await?
            }
            Some(tls) => {
                let connector = MakeRustlsConnect::new(ClientConfig::clone(tls));
                let (client, driver) = self.config.connect(connector).await.map_err(refused)?;
                AsyncPgConnection::try_from_client_and_connection(client, driver).await?
            }
        };
        connection
            .batch_execute(SETTINGS)
            .await
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(connection)
    }
}

/// Drives a connection until it ends, and passes on its notifications.
async fn drive<S, T>(
    mut driver: tokio_postgres::Connection<S, T>,
    on_notification: impl Fn(&str) + Send + 'static,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|context| driver.poll_message(context)).await {
        if let AsyncMessage::Notification(notification) = message {
            on_notification(notification.payload());
        }
    }
}

/// The driver does not know `verify-full`; with this crate's TLS settings `require`
/// means the same.
fn config(url: &str) -> Result<Config, tokio_postgres::Error> {
    url.replace("sslmode=verify-full", "sslmode=require")
        .parse()
}

/// Returns the value of `sslmode` in the query of a URL.
fn ssl_mode(url: &str) -> Option<&str> {
    let (_, query) = url.split_once('?')?;
    query
        .split('&')
        .find_map(|parameter| parameter.strip_prefix("sslmode="))
}

fn client_config() -> Result<ClientConfig, PortError> {
    let mut roots = rustls::RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(native.certs);
    if added == 0 {
        tracing::warn!("this machine has no root certificates: TLS to PostgreSQL will fail");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unavailable)?
        .with_root_certificates(roots)
        .with_no_client_auth())
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
            ("postgres://me@db/apikey?sslmode=require", SslMode::Require),
            (
                "postgres://me@db/apikey?connect_timeout=3&sslmode=verify-full",
                SslMode::Require,
            ),
        ];
        for (url, mode) in table {
            let source = Source::from_url(url).unwrap();
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
