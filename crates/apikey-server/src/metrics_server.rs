//! The address that has the metrics and nothing else.

use crate::{config::Config, workers};
use anyhow::Context;
use apikey_diesel::Supervisor;
use apikey_http::{
    Api, MetricsAccess,
    connection::{self, Bounds, Clocks, Connections, Settings},
};
use std::{io, net::TcpListener, sync::Arc};
use tokio::task::JoinHandle;

/// How many connections there are at most, of the files that are kept for other things.
const CONNECTIONS: usize = 32;
/// How long a scraper that is being answered may take when the server stops, in seconds.
const DRAIN_SECONDS: u64 = 2;

/// The server of the metrics, while it runs.
pub struct MetricsServer {
    handle: connection::Handle,
    serving: JoinHandle<io::Result<()>>,
}

/// Opens the address for the metrics, if there is one.
///
/// # Errors
///
/// Those of the system, for example if the address is in use.
pub fn listen(config: &Config) -> anyhow::Result<Option<TcpListener>> {
    let Some(address) = config.observation.metrics_listen else {
        return Ok(None);
    };
    let listener = connection::listen(address);
    let listener = listener.with_context(|| format!("cannot listen on {address}"))?;
    Ok(Some(listener))
}

/// Returns who may read the metrics at the main address.
pub fn access_at_main(config: &Config) -> MetricsAccess {
    match config.observation.metrics_listen {
        Some(_) => MetricsAccess::Nobody,
        None => access(config),
    }
}

fn access(config: &Config) -> MetricsAccess {
    let token = config.metrics_token.clone();
    token.map_or(MetricsAccess::Admins, MetricsAccess::AdminsAnd)
}

// === impl MetricsServer ===

impl MetricsServer {
    /// Serves the metrics of `api` on a thread of their own.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn start(
        config: &Config,
        api: &Api,
        listener: TcpListener,
        supervisor: &Supervisor,
    ) -> anyhow::Result<Self> {
        if config.metrics_token.is_none()
            && let Ok(address) = listener.local_addr()
            && !address.ip().is_loopback()
        {
            tracing::warn!(
                %address,
                "whoever reaches the address of the metrics may read them: set --metrics-token-file"
            );
        }
        let api = Api {
            metrics_access: access(config),
            ..api.clone()
        };
        let bounds = Bounds {
            all: CONNECTIONS,
            per_address: CONNECTIONS,
            trusted_proxies: Default::default(),
        };
        let attending = supervisor.clone();
        let settings = Settings {
            workers: 1,
            connections: Connections::new(bounds),
            clocks: Clocks::default(),
            shutdown_seconds: DRAIN_SECONDS,
            access_log: config.observation.access_log(),
            on_worker_start: Arc::new(move || workers::attend(&attending)),
        };
        let server = connection::serve_metrics(api, listener, settings)?;
        let handle = server.handle();
        let attendance = supervisor.attend("the server of the metrics");
        let serving = tokio::spawn(async move {
            let _attendance = attendance;
            server.await
        });
        Ok(Self { handle, serving })
    }

    /// Ends the server, if there is one.
    pub async fn stop(server: Option<Self>) {
        let Some(Self { handle, serving }) = server else {
            return;
        };
        handle.stop(true).await;
        // Nothing is left to be done about how it ended.
        let _ended = serving.await;
    }
}
