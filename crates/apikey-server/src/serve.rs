//! The subcommand `serve`: starts, runs and stops the server.

use crate::{
    bootstrap,
    config::Config,
    data_dir,
    last_used::LastUsedWriter,
    prune,
    wiring::{self, Wired},
};
use anyhow::Context;
use apikey_diesel::DatabaseUrl;
use apikey_http::{
    Api, Version,
    connection::{self, Bounds, Clocks, Connections, Settings},
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::{
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
};

/// How long requests in flight may take to finish, in seconds.
const SHUTDOWN_TIMEOUT_SECONDS: u64 = 10;

/// Creates the runtime of everything but the workers.
///
/// # Errors
///
/// If threads cannot be started.
pub fn runtime() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

/// Serves until SIGINT or SIGTERM.
///
/// # Errors
///
/// If the server cannot start, or fails while it runs.
pub fn run(config: Config) -> anyhow::Result<()> {
    let bounds = bounds(&config)?;
    runtime()?.block_on(serve(config, bounds))
}

/// Raises the limit of open files, and returns how many connections fit into it.
fn bounds(config: &Config) -> anyhow::Result<Bounds> {
    // Each connection is an open file.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
    let (open_files, _) = rlimit::Resource::NOFILE
        .get()
        .context("cannot read the limit of open files")?;
    let most = Bounds::within_open_files(open_files, config.workers);
    let all = config.max_connections.unwrap_or(most);
    if all > most {
        tracing::warn!(
            max_connections = all,
            open_files,
            "the limit of open files allows only {most} connections"
        );
    }
    let all = all.min(most);
    let half = all.div_ceil(2);
    Ok(Bounds {
        all,
        per_address: config.max_connections_per_address.unwrap_or(half),
        trusted_proxies: config.trusted_proxies.clone(),
    })
}

async fn serve(mut config: Config, bounds: Bounds) -> anyhow::Result<()> {
    data_dir::create(&config.data_dir)?;
    let _lock = match &config.database_url {
        DatabaseUrl::Sqlite(path) => Some(data_dir::lock_database(path)?),
        DatabaseUrl::Postgres(_) => None,
    };
    let listener = connection::listen(config.listen)
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let Wired {
        keys,
        identity,
        store,
        last_used_buffer,
        mut metrics,
    } = wiring::wire(&config).await?;
    let connections = Connections::new(bounds);
    wiring::add_connection_metrics(&connections, &mut metrics);
    let metrics = config.has_metrics.then(|| Arc::new(metrics));
    bootstrap::create_first_administrator(&identity, &mut config).await?;
    let last_used_writer = LastUsedWriter::start(last_used_buffer, store.api_keys.clone());
    let pruner = prune::start(
        store.event_log.clone(),
        identity.clock.clone(),
        config.event_retention,
    );
    let is_draining = Arc::new(AtomicBool::new(false));
    let api = Api {
        keys,
        identity,
        version: Version {
            version: env!("CARGO_PKG_VERSION"),
            git_commit: env!("APIKEY_GIT_COMMIT"),
        },
        is_draining: Arc::clone(&is_draining),
        metrics,
    };
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let settings = Settings {
        workers: config.workers,
        connections,
        clocks: Clocks::default(),
        shutdown_seconds: SHUTDOWN_TIMEOUT_SECONDS,
    };
    let server = connection::serve(api, listener, settings)?;
    let handle = server.handle();
    let serving = tokio::spawn(server);
    tracing::info!(
        address = %config.listen,
        database = ?config.database_url,
        workers = config.workers,
        "serving"
    );
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
    is_draining.store(true, Ordering::SeqCst);
    store.hub.close();
    handle.stop(true).await;
    let served = serving.await;
    last_used_writer.stop().await;
    pruner.abort();
    let _aborted = pruner.await;
    store.close().await;
    served??;
    tracing::info!("stopped");
    Ok(())
}
