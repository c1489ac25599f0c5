//! The well-behaved client: it verifies a key at a fixed rate, whether it is
//! answered in time or not.
//!
//! Each request has its time, and its latency counts from then, so that a server
//! that stands still is charged for all who would have come meanwhile. Each
//! connection has a thread of its own, which waits for the time more exactly than
//! a runtime does.

use anyhow::{Context, Result, bail, ensure};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};
use xtask_harness::{
    latencies::Latencies,
    request::{Credentials, Request},
};

/// How many connections share them.
const CONNECTIONS: u32 = 10;

/// How long the client waits for an answer before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came of verifications.
#[derive(Debug, Default)]
pub(crate) struct Verified {
    pub(crate) latencies: Latencies,
    pub(crate) failures: Vec<String>,
    /// How many connections were opened again because they had been ended.
    pub(crate) reopened: usize,
}

/// A connection that is kept.
struct Kept {
    to: SocketAddr,
    request: String,
    stream: Option<TcpStream>,
    seen: Verified,
}

/// Verifies so often a second for a time, on threads of its own, until all are answered.
pub(crate) fn verify(
    to: SocketAddr,
    key: &str,
    per_second: u32,
    time: Duration,
) -> Result<Verified> {
    let started = Instant::now();
    let interval = Duration::from_secs(1) / per_second;
    let request = Request::get("/auth/verify").by(Credentials::Key(key));
    let threads = (0..CONNECTIONS).map(|number| {
        let mut kept = Kept {
            to,
            request: request.to_http(),
            stream: None,
            seen: Verified::default(),
        };
        thread::spawn(move || {
            kept.run(started, number, interval, time);
            kept.seen
        })
    });
    let mut all = Verified::default();
    for one in threads.collect::<Vec<_>>() {
        let Ok(seen) = one.join() else {
            bail!("a thread of the well-behaved client has panicked");
        };
        all.append(seen);
    }
    Ok(all)
}

// === impl Verified ===

impl Verified {
    /// Adds what another saw.
    pub(crate) fn append(&mut self, other: Self) {
        self.latencies.append(&other.latencies);
        self.failures.extend(other.failures);
        self.reopened += other.reopened;
    }

    /// Returns how many requests there were.
    pub(crate) fn count(&self) -> usize {
        usize::try_from(self.latencies.count()).unwrap_or(usize::MAX)
    }
}

// === impl Kept ===

impl Kept {
    /// Sends every request of this connection at its time.
    fn run(&mut self, started: Instant, number: u32, interval: Duration, time: Duration) {
        for turn in (number..).step_by(CONNECTIONS as usize) {
            let due = started + interval * turn;
            if due >= started + time {
                return;
            }
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if started.elapsed() > time + PATIENCE {
                // Nobody waits longer for a server that does not answer.
                self.seen.failures.push("not sent in time".to_owned());
                self.seen.latencies.add(due.elapsed());
                continue;
            }
            if let Err(error) = self.verify() {
                self.stream = None;
                self.seen.failures.push(format!("{error:#}"));
            }
            self.seen.latencies.add(due.elapsed());
        }
    }

    /// Verifies once. On a connection that was ended while it rested, as a client
    /// with a pool does, it tries again on another.
    fn verify(&mut self) -> Result<()> {
        if let Some(stream) = &mut self.stream {
            match exchange(stream, &self.request) {
                Ok(()) => return Ok(()),
                Err(Broken::BeforeAnswer) => self.seen.reopened += 1,
                Err(Broken::Wrong(error)) => return Err(error),
            }
        }
        let stream = TcpStream::connect_timeout(&self.to, PATIENCE).context("cannot connect")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        match exchange(self.stream.insert(stream), &self.request) {
            Ok(()) => Ok(()),
            Err(Broken::BeforeAnswer) => bail!("a new connection is ended before an answer"),
            Err(Broken::Wrong(error)) => Err(error),
        }
    }
}

/// Why a request failed.
enum Broken {
    /// The connection was ended before the first byte of an answer.
    BeforeAnswer,
    Wrong(anyhow::Error),
}

/// Sends a request and reads its answer, which must be 200 and without a body.
fn exchange(stream: &mut TcpStream, request: &str) -> Result<(), Broken> {
    stream
        .write_all(request.as_bytes())
        .map_err(|_| Broken::BeforeAnswer)?;
    let mut answer = Vec::with_capacity(1024);
    let mut buffer = [0; 1024];
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        let is_first = answer.is_empty();
        match stream.read(&mut buffer) {
            Ok(0) if is_first => return Err(Broken::BeforeAnswer),
            Err(error) if is_first && error.kind() == std::io::ErrorKind::ConnectionReset => {
                return Err(Broken::BeforeAnswer);
            }
            Ok(0) => return Err(Broken::Wrong(anyhow::anyhow!("an answer breaks off"))),
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
            Err(error) => {
                let error = anyhow::Error::new(error).context("there is no answer in time");
                return Err(Broken::Wrong(error));
            }
        }
    }
    is_valid(&answer).map_err(Broken::Wrong)
}

fn is_valid(answer: &[u8]) -> Result<()> {
    let text = String::from_utf8_lossy(answer);
    let line = text.lines().next().unwrap_or_default();
    ensure!(
        line.starts_with("HTTP/1.1 200 "),
        "a valid key is answered {line}"
    );
    ensure!(text.ends_with("\r\n\r\n"), "an answer has a body");
    Ok(())
}
