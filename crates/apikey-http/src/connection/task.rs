//! The task of a connection: its clocks, and its end.

use super::{
    clocks::{Clocks, Timer},
    gate::Gate,
    progress::{Progress, Refusal, Slow},
    registry::Connections,
};
use crate::{observation::observer::Observer, request_id::REQUEST_ID};
use actix_http::error::DispatchError;
use actix_service::{IntoServiceFactory, Service, ServiceFactory, fn_factory, fn_service};
use actix_web::http::{StatusCode, header::HttpDate};
use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    net::SocketAddr,
    pin::{Pin, pin},
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, ready},
    time::SystemTime,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, timeout},
};
use zeroize::zeroize_stack;

/// For how many times the time to linger a client that still sends is waited for.
const LINGERS: u32 = 5;

/// How much of the stack is wiped when a connection rests or has ended, in bytes: what
/// answering a request takes, with room to spare.
const STACK: usize = 64 * 1_024 * if cfg!(debug_assertions) { 8 } else { 1 };

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// Everything has been said.
    Over,
    /// The request is refused.
    Refused(Refusal),
    /// There is no use in saying more: the client does not read, or another
    /// connection needs the place.
    Abort,
}

/// Returns a service that runs connections of `http`, as many as `connections`
/// admits.
pub(super) fn connecting<H, S>(
    http: H,
    connections: Arc<Connections>,
    clocks: Clocks,
    observer: Observer,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = DispatchError, InitError = ()>
where
    H: IntoServiceFactory<S, (Gate<TcpStream>, Option<SocketAddr>)>,
    S: ServiceFactory<
            (Gate<TcpStream>, Option<SocketAddr>),
            Config = (),
            Error = DispatchError,
            InitError = (),
        >,
{
    let factory = http.into_factory();
    fn_factory(move || {
        let made = factory.new_service(());
        let connections = Arc::clone(&connections);
        let observer = Rc::new(observer.clone());
        async move {
            let http = Rc::new(made.await?);
            Ok(fn_service(move |stream: TcpStream| {
                let (http, observer) = (Rc::clone(&http), Rc::clone(&observer));
                // A peer that has no address any more is gone.
                let peer = stream.peer_addr().ok();
                let membership = peer.and_then(|peer| connections.admit(peer.ip()));
                async move {
                    if let Some(membership) = membership {
                        let progress = Rc::new(Progress::new(membership, clocks));
                        let io = Rc::new(RefCell::new(stream));
                        let begin = || {
                            let gate = Gate::new(Rc::clone(&io), Rc::clone(&progress));
                            http.call((gate, peer))
                        };
                        run(begin, &io, &progress, &observer).await;
                    }
                    Ok(())
                }
            }))
        }
    })
}

/// Runs a connection to its end. Dropping the socket closes it. `begin` makes the
/// dispatcher of actix-http, on the same socket each time.
pub(super) async fn run<T, D: Future>(
    begin: impl Fn() -> D,
    io: &RefCell<T>,
    progress: &Progress,
    observer: &Observer,
) where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let end = dispatch(begin, progress).await;
    zeroize_stack::<STACK>();
    match end {
        End::Abort => {}
        End::Over if progress.has_client_closed() => {}
        End::Over => close(io, progress, &[]).await,
        End::Refused(refusal) => {
            let answer = answer_to(refusal, progress, observer);
            close(io, progress, answer.as_bytes()).await;
        }
    }
}

/// Runs the dispatcher of actix-http until the connection ends.
///
/// The dispatcher keeps its buffers, and in them the last request and its answer. One
/// that rests is replaced by another, which has nothing in them.
async fn dispatch<D: Future>(begin: impl Fn() -> D, progress: &Progress) -> End {
    let mut dispatcher = pin!(begin());
    let mut timer = None;
    let mut is_new = true;
    poll_fn(|context| {
        loop {
            if progress.poll_ended(context).is_ready() {
                return Poll::Ready(End::Abort);
            }
            if dispatcher.as_mut().poll(context).is_ready() || progress.is_over() {
                return Poll::Ready(End::Over);
            }
            if std::mem::take(&mut is_new) {
                progress.is_read();
            }
            if let Some(refusal) = progress.refusal() {
                return Poll::Ready(End::Refused(refusal));
            }
            let Some((deadline, slow)) = progress.deadline() else {
                return Poll::Pending;
            };
            let timer = timer.get_or_insert_with(|| Timer::new(deadline));
            ready!(timer.poll(context, deadline));
            let end = match slow {
                Slow::Resting => {
                    dispatcher.set(begin());
                    zeroize_stack::<STACK>();
                    progress.renewed();
                    continue;
                }
                Slow::Idle => return Poll::Ready(End::Over),
                Slow::Head => End::Refused(Refusal::TooSlow),
                Slow::Answer => End::Abort,
            };
            progress.count_timed_out();
            return Poll::Ready(end);
        }
    })
    .await
}

/// Returns the answer that refuses a request.
fn answer_to(refusal: Refusal, progress: &Progress, observer: &Observer) -> String {
    let status = match refusal {
        Refusal::Malformed => StatusCode::BAD_REQUEST,
        Refusal::TooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Refusal::TooSlow => StatusCode::REQUEST_TIMEOUT,
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "the date of an answer that no handler gives"
    )]
    let date = HttpDate::from(SystemTime::now());
    let id = observer.refused(status.as_u16(), progress.awaited_for());
    let id = id.as_ref().and_then(|id| id.to_str().ok());
    let id = id.map_or_else(String::new, |id| format!("{REQUEST_ID}: {id}\r\n"));
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n{id}date: {date}\r\n\r\n"
    )
}

/// Sends the last bytes, says that nothing more is sent, and waits until the client has
/// ended, or has sent nothing for a moment.
///
/// When a socket is closed while something lies in it unread, the client's system
/// discards what the client has not read yet: the last answer.
async fn close<T>(io: &RefCell<T>, progress: &Progress, last: &[u8])
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    progress.lingers();
    let last = Cell::new(last);
    let discard = || {
        poll_fn(|context| {
            if progress.poll_ended(context).is_ready() {
                return Poll::Ready(false);
            }
            let mut io = io.borrow_mut();
            let mut io = Pin::new(&mut *io);
            while !last.get().is_empty() {
                match ready!(io.as_mut().poll_write(context, last.get())) {
                    Ok(written @ 1..) => last.set(last.get().get(written..).unwrap_or_default()),
                    _ => return Poll::Ready(false),
                }
            }
            // It fails if the connection is gone, which the read finds, too.
            let _ = io.as_mut().poll_shutdown(context);
            poll_discard(io, context)
        })
    };
    // A client that still sends will not look for the answer before it has sent all.
    let end = Instant::now() + LINGERS * progress.linger();
    while Instant::now() < end && timeout(progress.linger(), discard()).await == Ok(true) {}
}

/// Reads and discards something. Returns whether more may follow.
fn poll_discard(io: Pin<&mut impl AsyncRead>, context: &mut Context<'_>) -> Poll<bool> {
    let mut bytes = [0; 4_096];
    let mut buffer = ReadBuf::new(&mut bytes);
    let read = ready!(io.poll_read(context, &mut buffer));
    Poll::Ready(read.is_ok() && !buffer.filled().is_empty())
}
