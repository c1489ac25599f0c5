//! The subcommand `serve`: starts, runs and stops the server.

mod signals;
mod stop;

use crate::{
    audit::{self, AuditLog},
    bootstrap,
    clock::ClockHealth,
    command::{PATIENCE, PAUSE},
    config::{Config, PepperSource},
    control::{client, desk::OperatorDesk, served::Served, server::ControlSocket},
    data_dir::{self, DatabaseLock},
    ended_keys::{self, EndedKeys},
    endings::{self, KeyEndings},
    forgetting,
    last_used::LastUsedWriter,
    metrics_server::{self, MetricsServer},
    name_index, names, open_files, panics,
    pepper::{NodePeppers, renewals},
    process_metrics, prune, removals, sessions,
    wiring::{self, Wired},
    workers,
};
use anyhow::{Context, bail};
use apikey_diesel::{DatabaseUrl, Store, Supervisor};
use apikey_domain::{port::clock::Clock, system::SystemClock};
use apikey_http::{
    Api, LargeAnswers, ReadinessCheck, Version,
    connection::{self, Bounds, Clocks, Connections, Settings},
};
use signals::Signals;
pub use signals::outlive_hangups;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};
use stop::{DRAIN_SECONDS, Running};
use tokio::{runtime::Runtime, sync::watch};

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

/// Serves until SIGINT or SIGTERM, and then ends within 10 s, or at once at a second
/// signal.
///
/// # Errors
///
/// If the server cannot start, or fails while it runs. `PartEnded` if a thread or a task
/// ended that must live: the process is to end, too.
pub fn run(config: Config) -> anyhow::Result<()> {
    if !SystemClock.now().may_be_now() {
        bail!("the clock of this machine shows a time that cannot be: set it, and start again");
    }
    let bounds = open_files::bounds(&config)?;
    let supervisor = Supervisor::default();
    panics::report_to(&supervisor);
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        let (hangups, watched) = watch::channel(0);
        tokio::spawn(signals::watch_hangups(hangups));
        tokio::select! {
            biased;
            ended = supervisor.ended() => Err(ended.into()),
            outcome = serve(config, bounds, watched, &supervisor) => outcome,
        }
    });
    // Nothing that still runs may keep the process from its end.
    runtime.shutdown_background();
    outcome
}

async fn serve(
    mut config: Config,
    bounds: Bounds,
    hangups: watch::Receiver<u64>,
    supervisor: &Supervisor,
) -> anyhow::Result<()> {
    let started_at = process_metrics::now_in_seconds();
    if let Some(path) = &config.observation.audit_log {
        // Before the database is made or migrated.
        audit::check(path)
            .with_context(|| format!("cannot open the audit log {}", path.display()))?;
    }
    data_dir::create(&config.database.data_dir)?;
    let _lock = match &config.database_url {
        DatabaseUrl::Sqlite(path) => Some(lock_from_commands(path).await?),
        DatabaseUrl::Postgres(_) => None,
    };
    let listener = connection::listen(config.network.listen)
        .with_context(|| format!("cannot listen on {}", config.network.listen))?;
    let metrics_listener = metrics_server::listen(&config)?;
    let Wired {
        keys,
        identity,
        sessions,
        store,
        peppers,
        renewals,
        last_used_buffer,
        under_way,
        mut metrics,
    } = wiring::wire(&config, supervisor).await?;
    let connections = Connections::new(bounds);
    wiring::add_connection_metrics(&connections, &mut metrics);
    let version = Version {
        version: env!("CARGO_PKG_VERSION"),
        git_commit: env!("APIKEY_GIT_COMMIT"),
    };
    metrics.build(version.version, version.git_commit);
    process_metrics::add(&mut metrics, started_at);
    let metrics = config.program.has_metrics().then(|| Arc::new(metrics));
    bootstrap::create_first_administrator(&identity, &mut config).await?;
    // Neither is needed any more, also where the password was not needed at all.
    config.bootstrap_password = None;
    config.pepper = PepperSource::DataDir;
    let desk = OperatorDesk::new(identity.clone(), listener.local_addr()?);
    let control = open_control(&config, &store, &peppers, desk);
    let audit_log = match &config.observation.audit_log {
        None => None,
        Some(path) => Some(
            AuditLog::open(
                path,
                store.event_log.clone(),
                identity.clock.clone(),
                config.keys.key_prefix.clone(),
                hangups.clone(),
            )?
            .start(supervisor.attend("the audit log")),
        ),
    };
    let reloading = tokio::spawn(signals::reload_at_hangups(
        Arc::clone(&peppers),
        config.observation.audit_log.clone(),
        hangups,
    ));
    let renewals = renewals::start(
        renewals,
        store.api_keys.clone(),
        supervisor.attend("the renewal of digests"),
    );
    let following = peppers.follow(supervisor.attend("the watch for the newest pepper"));
    // The store ends once nobody holds its ports.
    drop(peppers);
    let last_used_writer = LastUsedWriter::start(
        last_used_buffer,
        store.api_keys.clone(),
        supervisor.attend("the writer of uses"),
    );
    let pruner = prune::start(
        store.event_log.clone(),
        identity.clock.clone(),
        config.records.pruning(),
        supervisor.attend("the deletion of old events"),
    );
    let names = names::start(
        store.names.clone(),
        identity.clock.clone(),
        supervisor.attend("the review of names"),
    );
    let name_index = name_index::start(
        store.name_index.clone(),
        identity.clock.clone(),
        supervisor.attend("the index of names"),
    );
    let removals = removals::start(
        store.removals.clone(),
        identity.clock.clone(),
        under_way,
        supervisor.attend("the removal of what deleted users had"),
    );
    let forgetting = forgetting::start(
        store.idempotency_log.clone(),
        identity.clock.clone(),
        supervisor.attend("the forgetting of requests"),
    );
    let sessions = sessions::start(
        sessions,
        store.event_log.clone(),
        identity.clock.clone(),
        supervisor.attend("what is recorded of sessions"),
    );
    let key_endings = KeyEndings {
        endings: store.endings.clone(),
        events: store.event_log.clone(),
        clock: identity.clock.clone(),
        notices: config.keys.expiry_notices.clone(),
    };
    let attendance = supervisor.attend("what is done about keys that end");
    let endings = endings::start(key_endings, attendance);
    let ended_keys = config.keys.keep_ended.0.map(|days| {
        let keys = EndedKeys {
            endings: store.endings.clone(),
            events: store.event_log.clone(),
            clock: identity.clock.clone(),
            days,
        };
        ended_keys::start(keys, supervisor.attend("the deletion of ended keys"))
    });
    let health = ClockHealth {
        store: store.health.clone(),
        clock: identity.clock.clone(),
    };
    let is_draining = Arc::new(AtomicBool::new(false));
    let api = Api {
        keys,
        identity,
        version,
        readiness: ReadinessCheck::new(Arc::new(health)),
        is_draining: Arc::clone(&is_draining),
        metrics,
        metrics_access: metrics_server::access_at_main(&config),
        large_answers: LargeAnswers::default(),
        list_places: wiring::list_places(&config, &store),
        key_headers: config.keys.key_headers.clone(),
        trusted_proxies: config.network.trusted_proxies.clone(),
        client_address_header: config.network.client_address_header,
        cors_origins: config.network.cors_origins.clone(),
    };
    let mut signals = Signals::watch(supervisor)?;
    let attending = supervisor.clone();
    let settings = Settings {
        workers: config.network.workers,
        connections,
        clocks: Clocks::default(),
        shutdown_seconds: DRAIN_SECONDS,
        access_log: config.observation.access_log(),
        on_worker_start: Arc::new(move || workers::attend(&attending)),
    };
    let metrics_server = match metrics_listener {
        Some(listener) => Some(MetricsServer::start(&config, &api, listener, supervisor)?),
        None => None,
    };
    let server = connection::serve(api, listener, settings)?;
    let handle = server.handle();
    let attendance = supervisor.attend("the HTTP server");
    let serving = tokio::spawn(async move {
        let _attendance = attendance;
        server.await
    });
    tracing::info!(
        address = %config.network.listen,
        database = ?config.database_url,
        workers = config.network.workers,
        "serving"
    );
    signals.next().await;
    tracing::info!("stopping");
    supervisor.stop();
    is_draining.store(true, Ordering::SeqCst);
    drop(control);
    store.hub.close();
    let running = Running {
        requests: tokio::spawn(async move {
            let metrics_ended = MetricsServer::stop(metrics_server);
            let ((), ()) = tokio::join!(handle.stop(true), metrics_ended);
            Ok(serving.await??)
        }),
        last_used_writer,
        pruner,
        names,
        name_index,
        removals,
        forgetting,
        sessions,
        endings,
        renewals,
        peppers: following,
        reloading,
        audit_log,
        ended_keys,
        store,
    };
    stop::stop(running, &mut signals).await
}

/// Locks a database, and waits a while for a command that uses it without a server.
async fn lock_from_commands(database: &Path) -> anyhow::Result<DatabaseLock> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(lock) = data_dir::try_lock_database(database)? {
            return Ok(lock);
        }
        // A server says at once that it is there.
        if client::listens(database) || Instant::now() >= deadline {
            return data_dir::lock_database(database);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Takes commands, if this process alone may write the database.
fn open_control(
    config: &Config,
    store: &Store,
    peppers: &Arc<NodePeppers>,
    desk: OperatorDesk,
) -> Option<ControlSocket> {
    let DatabaseUrl::Sqlite(path) = &config.database_url else {
        return None;
    };
    let served = Served::of(store).with_peppers(Arc::clone(peppers));
    let opened = ControlSocket::open(path, served.with_desk(desk));
    let warn = |error| tracing::warn!(%error, "no commands are taken while this server runs");
    opened.map_err(warn).ok()
}
