//! The server: its sockets, its workers and their services.

use super::{
    answers::answering, clocks::Clocks, forgetting::forgetting, gate::Gate, observing::observing,
    registry::Connections, task::connecting,
};
use crate::{
    api::Api,
    observation::{access_log::AccessLog, observer::Observer},
    routes::{configure, configure_metrics},
};
use actix_http::{Extensions, HttpService, KeepAlive};
use actix_server::Server;
use actix_service::map_config;
use actix_web::{App, dev::AppConfig, web::ServiceConfig};
#[cfg(target_os = "linux")]
use socket2::SockRef;
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};
use tokio::net::TcpStream;

/// The maximum number of workers, which is that of actix-server.
pub const MAX_WORKERS: usize = 512;

/// The maximum number of threads of a worker that may block.
const BLOCKING_THREADS: usize = 16;

/// How many connections a worker may have beyond its share.
const BEYOND_ITS_SHARE: usize = 8;

/// How much of an answer may lie in the system's buffer of a connection before it
/// goes out, in bytes. Without a bound it would be megabytes.
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 64 * 1_024;

/// How a server runs.
pub struct Settings {
    /// The number of threads that answer requests, from 1 to [`MAX_WORKERS`].
    pub workers: usize,
    /// The connections, and their bounds.
    pub connections: Arc<Connections>,
    /// How long a connection waits for its client.
    pub clocks: Clocks,
    /// How long requests in flight may take to finish when the server stops, in
    /// seconds.
    pub shutdown_seconds: u64,
    /// Of which requests there is a line in the log.
    pub access_log: AccessLog,
    /// Called on each thread that answers requests, before its first one.
    pub on_worker_start: Arc<dyn Fn() + Send + Sync>,
}

/// Opens a socket that listens on an address. As many connections as the system
/// allows may wait there to be accepted.
///
/// # Errors
///
/// Those of the system, for example if the address is in use.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // A server that was just stopped leaves connections behind on its port.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    // The system lowers it to what it allows.
    socket.listen(i32::MAX)?;
    Ok(socket.into())
}

/// Serves `api` on a socket that listens. The server runs while it is awaited.
///
/// # Errors
///
/// Those of the system, and if there are no workers or too many.
///
/// # Example
///
/// ```
/// use apikey_http::{
///     Api, ReadinessCheck, Version,
///     connection::{self, Bounds, Clocks, Connections, Settings},
/// };
/// use apikey_testing::TestApp;
///
/// # #[actix_web::main]
/// # async fn main() -> std::io::Result<()> {
/// let app = TestApp::new();
/// let api = Api {
///     keys: app.keys,
///     identity: app.identity,
///     version: Version { version: "0.1.0", git_commit: "unknown" },
///     readiness: ReadinessCheck::new(app.memory),
///     is_draining: Default::default(),
///     metrics: None,
///     metrics_access: Default::default(),
///     large_answers: Default::default(),
///     list_places: Default::default(),
///     key_headers: Default::default(),
///     trusted_proxies: Default::default(),
///     client_address_header: None,
///     cors_origins: Default::default(),
/// };
/// let bounds = Bounds {
///     all: 1_000,
///     per_address: 500,
///     trusted_proxies: Default::default(),
/// };
/// let settings = Settings {
///     workers: 1,
///     connections: Connections::new(bounds),
///     clocks: Clocks::default(),
///     shutdown_seconds: 10,
///     access_log: Default::default(),
///     on_worker_start: std::sync::Arc::new(|| {}),
/// };
/// let listener = connection::listen(([127, 0, 0, 1], 0).into())?;
/// let server = connection::serve(api, listener, settings)?;
/// let handle = server.handle();
/// let serving = actix_web::rt::spawn(server);
/// handle.stop(true).await;
/// # serving.await?
/// # }
/// ```
pub fn serve(api: Api, listener: TcpListener, settings: Settings) -> io::Result<Server> {
    let observer = Observer::of(&api, settings.access_log);
    serve_app(configure(api), observer, listener, settings)
}

/// Serves the metrics of `api`, and nothing else, on a socket that listens: to whoever has the
/// token, or to all if there is none. The server runs while it is awaited.
///
/// # Errors
///
/// As [`serve`].
pub fn serve_metrics(api: Api, listener: TcpListener, settings: Settings) -> io::Result<Server> {
    let observer = Observer::of(&api, settings.access_log);
    serve_app(configure_metrics(api), observer, listener, settings)
}

fn serve_app(
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    observer: Observer,
    listener: TcpListener,
    settings: Settings,
) -> io::Result<Server> {
    let Settings {
        workers,
        connections,
        clocks,
        shutdown_seconds,
        on_worker_start,
        ..
    } = settings;
    if !(1..=MAX_WORKERS).contains(&workers) {
        let message = format!("expected 1 to {MAX_WORKERS} workers, got {workers}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let address = listener.local_addr()?;
    // Each connection inherits it.
    #[cfg(target_os = "linux")]
    SockRef::from(&listener).set_tcp_notsent_lowat(UNSENT_BYTES)?;
    let share = connections.bounds().all.div_ceil(workers);
    let builder = Server::build()
        .workers(workers)
        .worker_max_blocking_threads(BLOCKING_THREADS)
        // Only so that sockets which no worker has looked at do not take all open
        // files. The bounds are those of `connections`.
        .max_concurrent_connections(share.saturating_add(BEYOND_ITS_SHARE))
        .shutdown_timeout(shutdown_seconds)
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let builder = builder.listen(format!("http on {address}"), listener, move || {
        on_worker_start();
        let stopping = stopping.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .local_addr(address)
            // All clocks are those of the connection's task.
            .keep_alive(KeepAlive::Os)
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(Duration::ZERO)
            .on_connect_ext(|gate: &Gate<TcpStream>, extensions: &mut Extensions| {
                extensions.insert(gate.progress());
            });
        let app = App::new().configure(configure.clone());
        let app = map_config(app, |()| AppConfig::default());
        connecting(
            http.h1(answering(forgetting(observing(app, observer.clone())))),
            Arc::clone(&connections),
            clocks,
            observer.clone(),
        )
    })?;
    Ok(builder.run())
}
