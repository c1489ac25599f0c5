//! The subcommand `serve`: from the configuration to the last answer.

use crate::{
    config::Config,
    data_dir,
    last_used::LastUsedWriter,
    prune,
    wiring::{self, Wired},
};
use actix_web::{App, HttpServer};
use anyhow::Context;
use apikey_diesel::DatabaseUrl;
use apikey_http::{Api, Version};
use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
};

/// How long requests in flight have to finish, in seconds.
const GRACE: u64 = 10;

/// The runtime of everything but the workers.
///
/// # Errors
///
/// When threads cannot be started.
pub fn runtime() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

/// Serves until told to stop.
///
/// # Errors
///
/// When something the server needs cannot be had.
pub fn run(config: Config) -> anyhow::Result<()> {
    // Each watcher holds a connection open.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
    runtime()?.block_on(serve(config))
}

async fn serve(mut config: Config) -> anyhow::Result<()> {
    data_dir::create(&config.data_dir)?;
    let _lock = match &config.database_url {
        DatabaseUrl::Sqlite(path) => Some(data_dir::lock_database(path)?),
        DatabaseUrl::Postgres(_) => None,
    };
    let listener = TcpListener::bind(config.listen)
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let Wired {
        keys,
        identity,
        store,
        pending_uses,
        metrics,
    } = wiring::wire(&config).await?;
    wiring::bootstrap(&identity, &mut config).await?;
    let use_writer = LastUsedWriter::start(pending_uses, store.api_keys.clone());
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
    let server = HttpServer::new(move || App::new().configure(apikey_http::configure(api.clone())))
        .workers(config.workers)
        .worker_max_blocking_threads(16)
        .client_request_timeout(Duration::from_secs(5))
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(GRACE)
        .disable_signals()
        .listen(listener)?
        .run();
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
    use_writer.stop().await;
    pruner.abort();
    let _aborted = pruner.await;
    store.close().await;
    served??;
    tracing::info!("stopped");
    Ok(())
}
