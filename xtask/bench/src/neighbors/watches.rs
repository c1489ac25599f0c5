//! Many streams of changes, read by one thread.

use anyhow::{Context, Result, ensure};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use std::{
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use xtask_programs::interruption;

/// How long all of them may take to show the first they have.
const OPEN_LIMIT: Duration = Duration::from_secs(120);

/// How often the thread looks whether it is to end.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How many events are taken at once, and how many bytes.
const EVENTS: usize = 1024;
const PART: usize = 64 * 1024;

/// Streams that are read as fast as they come.
pub(super) struct Watches {
    thread: JoinHandle<Result<Streams>>,
    is_over: Arc<AtomicBool>,
}

/// The connections of the streams.
struct Streams {
    poll: Poll,
    open: Vec<Option<TcpStream>>,
    has_begun: Vec<bool>,
    bytes: u64,
    buffer: Vec<u8>,
}

// === impl Watches ===

impl Watches {
    /// Opens streams and waits until each has shown something.
    pub(super) fn open(to: SocketAddr, request: &str, count: usize) -> Result<Self> {
        let mut streams = Streams {
            poll: Poll::new()?,
            open: Vec::new(),
            has_begun: vec![false; count],
            bytes: 0,
            buffer: vec![0; PART],
        };
        for number in 0..count {
            streams.add(to, request, number)?;
        }
        let started = Instant::now();
        while streams.has_begun.contains(&false) {
            interruption::check()?;
            let begun = streams.has_begun.iter().filter(|one| **one).count();
            let is_late = started.elapsed() > OPEN_LIMIT;
            ensure!(!is_late, "only {begun} of {count} watches have begun");
            streams.read()?;
        }
        streams.bytes = 0;
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            while !ends.load(Ordering::SeqCst) {
                streams.read()?;
            }
            Ok(streams)
        });
        Ok(Self { thread, is_over })
    }

    /// Ends the streams, and says what came of them.
    pub(super) fn end(self) -> Result<String> {
        self.is_over.store(true, Ordering::SeqCst);
        let joined = self.thread.join();
        let streams =
            joined.map_err(|_| anyhow::anyhow!("the thread of the watches panicked"))??;
        let open = streams.open.iter().flatten().count();
        let megabytes = streams.bytes as f64 / 1e6;
        let all = streams.open.len();
        Ok(format!(
            "{open} of {all} watches stayed, and were sent {megabytes:.1} MB"
        ))
    }
}

// === impl Streams ===

impl Streams {
    fn add(&mut self, to: SocketAddr, request: &str, number: usize) -> Result<()> {
        let mut stream = std::net::TcpStream::connect(to).context("cannot connect")?;
        stream.write_all(request.as_bytes())?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        let registry = self.poll.registry();
        registry.register(&mut stream, Token(number), Interest::READABLE)?;
        self.open.push(Some(stream));
        Ok(())
    }

    /// Reads what there is, and waits for it for a limited time.
    fn read(&mut self) -> Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        match self.poll.poll(&mut events, Some(POLL_INTERVAL)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            polled => polled?,
        }
        for event in &events {
            self.read_one(event.token().0);
        }
        Ok(())
    }

    fn read_one(&mut self, number: usize) {
        let place = &mut self.open[number];
        while let Some(stream) = place {
            match stream.read(&mut self.buffer) {
                Ok(count) if count > 0 => {
                    self.bytes += count as u64;
                    self.has_begun[number] = true;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // One that is refused has begun, too, and is counted as gone.
                Ok(_) | Err(_) => {
                    *place = None;
                    self.has_begun[number] = true;
                }
            }
        }
    }
}
