//! Connections over pipes to a small app.

use crate::connection::{
    answers::answering, bounds::Bounds, clocks::Clocks, gate::Gate, progress::Progress,
    registry::Connections, task::run,
};
use actix_http::{Extensions, HttpService, KeepAlive, Request, Response};
use actix_service::{Service, ServiceFactory, fn_service};
use actix_web::{
    Error,
    body::{BodyStream, BoxBody, MessageBody},
    rt::spawn,
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use std::{
    cell::{Cell, RefCell},
    net::Ipv4Addr,
    rc::Rc,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::timeout,
};

/// The size of the body of `/large`.
pub(super) const LARGE: usize = 1_000_000;

/// The requests that the app was given, in order.
pub(super) type Log = Rc<RefCell<Vec<String>>>;

/// One server with one connection.
pub(super) struct Rig {
    pub(super) client: DuplexStream,
    pub(super) connections: Arc<Connections>,
    pub(super) log: Log,
    /// How often a dispatcher of actix-http was made.
    pub(super) begun: Rc<Cell<usize>>,
}

impl Rig {
    /// Opens a connection whose pipe holds a number of bytes in each direction.
    pub(super) async fn open(capacity: usize) -> Self {
        let connections = Connections::new(Bounds {
            all: 10,
            per_address: 10,
            trusted_proxies: Default::default(),
        });
        let (client, server) = duplex(capacity);
        let log = Log::default();
        let http = HttpService::build()
            .keep_alive(KeepAlive::Os)
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(Duration::ZERO)
            .on_connect_ext(|gate: &Gate<DuplexStream>, extensions: &mut Extensions| {
                extensions.insert(gate.progress());
            })
            .h1(answering(app(Rc::clone(&log))));
        let http = http.new_service(()).await.unwrap();
        let membership = connections.admit(Ipv4Addr::LOCALHOST.into()).unwrap();
        let progress = Rc::new(Progress::new(membership, Clocks::default()));
        let io = Rc::new(RefCell::new(server));
        let begun = Rc::new(Cell::new(0));
        let count = Rc::clone(&begun);
        spawn(async move {
            let begin = || {
                count.set(count.get() + 1);
                let gate = Gate::new(Rc::clone(&io), Rc::clone(&progress));
                http.call((gate, None))
            };
            run(begin, &io, &progress, &Default::default()).await;
        });
        Self {
            client,
            connections,
            log,
            begun,
        }
    }

    /// Sends pieces, then the end, and returns what is answered until the
    /// connection is closed.
    pub(super) async fn exchange(self, pieces: &[&[u8]]) -> String {
        exchange(self.client, pieces).await
    }
}

/// Returns what actix-http answers without a gate, and the requests it ran.
pub(super) async fn ungated(pieces: &[&[u8]]) -> (String, Vec<String>) {
    let (client, server) = duplex(64 * 1_024);
    let log = Log::default();
    let http = HttpService::build().h1(app(Rc::clone(&log)));
    let http = http.new_service(()).await.unwrap();
    let running = spawn(http.call((server, None)));
    let answers = exchange(client, pieces).await;
    let _ = running.await;
    (answers, log.take())
}

async fn exchange(client: DuplexStream, pieces: &[&[u8]]) -> String {
    let (mut reader, mut writer) = tokio::io::split(client);
    let send = async {
        for piece in pieces {
            // The server may close before it has read everything.
            if writer.write_all(piece).await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
        let _ = writer.shutdown().await;
    };
    let (_, answers) = tokio::join!(send, read_all(&mut reader));
    answers
}

/// Reads until the connection is closed, and leaves out dates.
pub(super) async fn read_all(reader: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    let read = timeout(Duration::from_secs(600), reader.read_to_end(&mut bytes));
    let _ = read.await.expect("the connection is closed");
    without_dates(&bytes)
}

/// Reads what comes within a moment.
pub(super) async fn read_some(reader: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    let moment = Duration::from_millis(10);
    while let Ok(Ok(1..)) = timeout(moment, reader.read_buf(&mut bytes)).await {}
    without_dates(&bytes)
}

fn without_dates(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.split_inclusive("\r\n");
    lines.filter(|line| !line.starts_with("date: ")).collect()
}

fn app(
    log: Log,
) -> impl ServiceFactory<Request, Config = (), Response = Response<BoxBody>, Error = Error, InitError = ()>
{
    fn_service(move |mut request: Request| {
        let log = Rc::clone(&log);
        async move {
            let name = format!("{} {}", request.method(), request.path());
            log.borrow_mut().push(name.clone());
            let mut payload = request.take_payload();
            let body = match request.path() {
                "/early" => "early".to_owned().boxed(),
                "/large" => "x".repeat(LARGE).boxed(),
                "/never" => std::future::pending().await,
                "/slow" => {
                    tokio::time::sleep(Duration::from_secs(3)).await;
                    "slow".to_owned().boxed()
                }
                "/stream" => stream_of(stream::iter(["a", "b", "c"])),
                "/watch" => stream_of(stream::iter(["first"]).chain(stream::pending())),
                "/endless" => stream_of(stream::repeat("0123456789abcdef")),
                _ => {
                    let mut text = name;
                    while let Some(chunk) = payload.next().await {
                        match chunk {
                            Ok(chunk) => text.push_str(&String::from_utf8_lossy(&chunk)),
                            Err(_) => text.push_str("(broken)"),
                        }
                    }
                    text.boxed()
                }
            };
            Ok::<_, Error>(Response::with_body(actix_http::StatusCode::OK, body))
        }
    })
}

fn stream_of(chunks: impl stream::Stream<Item = &'static str> + 'static) -> BoxBody {
    BodyStream::new(chunks.map(|chunk| Ok::<_, Error>(Bytes::from_static(chunk.as_bytes()))))
        .boxed()
}
