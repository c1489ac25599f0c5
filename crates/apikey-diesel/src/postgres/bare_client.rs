//! Connections without diesel.

use crate::failure::unavailable;
use apikey_domain::error::PortError;
use rustls::ClientConfig;
use std::{future::poll_fn, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinHandle,
};
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Opens a connection that passes the payload of each notification to `on_notification`.
/// Returns the task that drives it, too, which ends when the connection does.
pub(super) async fn open(
    config: &Config,
    tls: Option<&Arc<ClientConfig>>,
    on_notification: impl Fn(&str) + Send + 'static,
) -> Result<(Client, JoinHandle<()>), PortError> {
    Ok(match tls {
        None => {
            let (client, driver) = config.connect(NoTls).await.map_err(unavailable)?;
            (client, tokio::spawn(drive(driver, on_notification)))
        }
        Some(tls) => {
            let connector = MakeRustlsConnect::new(ClientConfig::clone(tls));
            let (client, driver) = config.connect(connector).await.map_err(unavailable)?;
            (client, tokio::spawn(drive(driver, on_notification)))
        }
    })
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
