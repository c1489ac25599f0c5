//! The service, for a moment in the process of a command, with the wiring of a server.

use crate::{
    command::CONNECTIONS,
    config::{Config, FeedMode},
    control::{Answer, Request, desk::OperatorDesk},
    data_dir::DatabaseLock,
    wiring::{self, Wired},
};
use apikey_diesel::{Store, Supervisor};
use apikey_http::{
    AccessLog, Api, LargeAnswers, MetricsAccess, ReadinessCheck, Version,
    connection::{self, Bounds, Clocks, Connections, Settings},
};
use std::{net::Ipv4Addr, sync::Arc};
use tokio::task::JoinHandle;

/// How many connections are taken: nobody but the command has a session to use one.
const BOUNDS: usize = 32;
/// How long requests in flight may take to finish, in seconds: there are none.
const SHUTDOWN_SECONDS: u64 = 1;

/// A service on a port of this machine.
pub(super) struct Service {
    desk: OperatorDesk,
    /// Ends the server, and waits for it.
    stopping: tokio::sync::oneshot::Sender<()>,
    serving: JoinHandle<()>,
    store: Store,
    _lock: Option<DatabaseLock>,
}

// === impl Service ===

impl Service {
    /// Starts it, with the lock of the database if that is a file.
    ///
    /// # Errors
    ///
    /// If the database or the pepper is not available.
    pub(super) async fn start(
        mut config: Config,
        lock: Option<DatabaseLock>,
    ) -> anyhow::Result<Self> {
        config.database.database_connections = CONNECTIONS;
        config.database.feed = FeedMode::Poll;
        let Wired {
            keys,
            identity,
            store,
            ..
        } = wiring::wire(&config, &Supervisor::default()).await?;
        let listener = connection::listen((Ipv4Addr::LOCALHOST, 0).into())?;
        let desk = OperatorDesk::new(identity.clone(), listener.local_addr()?);
        let api = Api {
            keys,
            identity,
            version: Version {
                version: env!("CARGO_PKG_VERSION"),
                git_commit: env!("APIKEY_GIT_COMMIT"),
            },
            readiness: ReadinessCheck::new(store.health.clone()),
            is_draining: Arc::default(),
            metrics: None,
            metrics_access: MetricsAccess::default(),
            large_answers: LargeAnswers::default(),
            list_places: wiring::list_places(&config, &store),
            key_headers: config.keys.key_headers.clone(),
            trusted_proxies: connection::TrustedProxies::default(),
            client_address_header: None,
            cors_origins: Default::default(),
        };
        let settings = Settings {
            workers: 1,
            connections: Connections::new(Bounds {
                all: BOUNDS,
                per_address: BOUNDS,
                trusted_proxies: connection::TrustedProxies::default(),
            }),
            clocks: Clocks::default(),
            shutdown_seconds: SHUTDOWN_SECONDS,
            on_worker_start: Arc::new(|| {}),
            access_log: AccessLog::Off,
        };
        let server = connection::serve(api, listener, settings)?;
        let handle = server.handle();
        let (stopping, stopped) = tokio::sync::oneshot::channel();
        let serving = tokio::spawn(async move {
            let running = tokio::spawn(server);
            // The sender says it, or is gone.
            let _ = stopped.await;
            handle.stop(false).await;
            let _ended = running.await;
        });
        Ok(Self {
            desk,
            stopping,
            serving,
            store,
            _lock: lock,
        })
    }

    /// Does what is asked for.
    pub(super) async fn answer(&self, request: Request) -> Answer {
        match request {
            Request::OperatorSession(name) => self.desk.session(name.as_deref()).await,
            Request::NewAdministrator(new) => self.desk.new_administrator(new).await,
            _ => Answer::Failed("this is no server".to_owned()),
        }
    }

    /// Ends it.
    pub(super) async fn stop(self) {
        let Self {
            desk,
            stopping,
            serving,
            store,
            _lock,
        } = self;
        // It may have ended already.
        let _ = stopping.send(());
        let _ended = serving.await;
        // The store ends once nobody holds its ports.
        drop(desk);
        store.close().await;
    }
}
