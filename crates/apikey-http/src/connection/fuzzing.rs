//! Connections for the fuzz targets: the reader of actix-http behind the gate, over
//! pieces of bytes in memory.

mod pieces;

use super::{
    bounds::Bounds, clocks::Clocks, gate::Gate, progress::Progress, registry::Connections,
};
use actix_http::{
    ServiceConfig,
    h1::{Codec, Message, MessageType},
};
use actix_web::rt::System;
use bytes::BytesMut;
use pieces::Pieces;
use std::{
    cell::RefCell,
    net::Ipv4Addr,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::codec::Decoder;

/// How many bytes are read at once.
const PIECE: usize = 4_096;

/// A request that has arrived whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Its method and target.
    pub line: String,
    /// Its body.
    pub body: Vec<u8>,
    /// Whether the connection ends with its answer.
    pub is_last: bool,
}

/// Returns the requests that arrive whole and are answered, in order, when bytes come
/// in these pieces and are followed by the end of the stream.
///
/// # Panics
///
/// When the gate and the reader find the end of a request at different places.
pub fn requests(pieces: &[&[u8]]) -> Vec<Arrived> {
    let Some(mut connection) = Connection::open(pieces) else {
        return Vec::new();
    };
    let mut requests = Vec::new();
    while let Some(request) = connection.next_request() {
        let is_last = request.is_last;
        requests.push(request);
        if is_last || !connection.answer() {
            break;
        }
    }
    requests
}

thread_local! {
    // It begins a task when it is made, and needs it only for dates.
    static CONFIG: ServiceConfig = System::new().block_on(async { ServiceConfig::default() });
}

/// What becomes of a read.
enum Read {
    Some,
    End,
    Waits,
}

struct Connection {
    gate: Gate<Pieces>,
    progress: Rc<Progress>,
    codec: Codec,
    buffer: BytesMut,
    /// Where pieces are read to.
    piece: Vec<u8>,
}

// === impl Connection ===

impl Connection {
    fn open(pieces: &[&[u8]]) -> Option<Self> {
        let connections = Connections::new(Bounds {
            all: 1,
            per_address: 1,
            trusted_proxies: Default::default(),
        });
        let membership = connections.admit(Ipv4Addr::LOCALHOST.into())?;
        let progress = Rc::new(Progress::new(membership, Clocks::default()));
        let io = Rc::new(RefCell::new(Pieces::new(pieces)));
        Some(Self {
            gate: Gate::new(io, Rc::clone(&progress)),
            progress,
            codec: Codec::new(CONFIG.with(Clone::clone)),
            buffer: BytesMut::new(),
            piece: vec![0; PIECE],
        })
    }

    /// Reads a request to its end; `None` if it is refused, breaks off or is in another
    /// protocol from its end on.
    fn next_request(&mut self) -> Option<Arrived> {
        let mut arrived = None;
        loop {
            let message = self.codec.decode(&mut self.buffer).ok()?;
            match (message, &mut arrived) {
                (Some(Message::Item(request)), None) => {
                    let line = format!("{} {}", request.method(), request.uri());
                    arrived = Some(Arrived {
                        line,
                        body: Vec::new(),
                        is_last: false,
                    });
                    match self.codec.message_type() {
                        MessageType::None => return self.whole(arrived),
                        MessageType::Payload => {}
                        MessageType::Stream => return None,
                    }
                }
                (Some(Message::Chunk(Some(bytes))), Some(arrived)) => {
                    arrived.body.extend_from_slice(&bytes);
                }
                (Some(Message::Chunk(None)), _) => return self.whole(arrived),
                (Some(_), _) => unreachable!("a request in a request"),
                (None, _) => match self.read() {
                    Read::Some => {}
                    Read::End => return None,
                    Read::Waits => {
                        let is_refused = self.progress.refusal().is_some();
                        assert!(is_refused, "the reader waits for what the gate has not");
                        return None;
                    }
                },
            }
        }
    }

    /// Takes a request that the reader has read to its end.
    fn whole(&self, arrived: Option<Arrived>) -> Option<Arrived> {
        assert!(self.buffer.is_empty(), "the gate handed over too much");
        assert!(!self.progress.awaits_body(), "the gate awaits more");
        let mut arrived = arrived?;
        arrived.is_last = self.progress.is_last();
        Some(arrived)
    }

    fn read(&mut self) -> Read {
        let mut buffer = ReadBuf::new(&mut self.piece);
        let mut context = Context::from_waker(Waker::noop());
        match Pin::new(&mut self.gate).poll_read(&mut context, &mut buffer) {
            Poll::Pending => Read::Waits,
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                self.buffer.extend_from_slice(buffer.filled());
                Read::Some
            }
            Poll::Ready(_) => Read::End,
        }
    }

    /// Writes an answer. Returns whether another request may follow.
    fn answer(&mut self) -> bool {
        self.progress.answered();
        let mut context = Context::from_waker(Waker::noop());
        let flushed = Pin::new(&mut self.gate).poll_flush(&mut context);
        matches!(flushed, Poll::Ready(Ok(()))) && !self.progress.is_over()
    }
}
