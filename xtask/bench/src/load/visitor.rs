//! A client with one connection, which waits for its answers. It opens another one when
//! the server has ended it, as clients with a pool do.

use crate::load::template::{Template, complete};
use anyhow::{Context, Result, bail};
use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

/// How often a client that waits looks whether it still should.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// How many bytes are read at once.
const PART: usize = 16 * 1024;

/// Fills the slot of the request of a number.
pub(crate) type FillNumbered = Arc<dyn Fn(u64, &mut [u8]) + Send + Sync>;

/// A client with one connection.
pub(crate) struct Visitor {
    to: SocketAddr,
    pub(crate) request: Template,
    stream: Option<TcpStream>,
    answer: Vec<u8>,
}

// === impl Visitor ===

impl Visitor {
    /// Returns a client that has not connected yet.
    pub(crate) fn new(to: SocketAddr, request: Template) -> Self {
        Self {
            to,
            request,
            stream: None,
            answer: Vec::new(),
        }
    }

    /// Sends the request and returns the status of its answer.
    ///
    /// # Errors
    ///
    /// When no answer has come by the time at which nobody waits any more, or the
    /// connection breaks.
    pub(crate) fn ask(&mut self, is_waiting: impl Fn() -> bool) -> Result<u16> {
        let had_stream = self.stream.is_some();
        let mut asked = self.exchange(&is_waiting);
        if asked.is_err() {
            self.stream = None;
            // An idle connection may be ended at any time.
            if had_stream && self.answer.is_empty() && is_waiting() {
                asked = self.exchange(&is_waiting);
            }
        }
        if asked.is_err() {
            self.stream = None;
        }
        asked
    }

    /// Sends the request and returns the status of its answer, or why there is none
    /// within a time.
    pub(crate) fn ask_for(&mut self, limit: Duration) -> Result<u16> {
        let started = Instant::now();
        self.ask(|| started.elapsed() < limit)
    }

    fn exchange(&mut self, is_waiting: &impl Fn() -> bool) -> Result<u16> {
        self.answer.clear();
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => self.stream.insert(connect(self.to)?),
        };
        let sent = stream.write_all(self.request.bytes());
        sent.context("the connection is ended")?;
        loop {
            let begin = self.answer.len();
            self.answer.resize(begin + PART, 0);
            let read = stream.read(&mut self.answer[begin..]);
            self.answer.truncate(begin + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => bail!("the connection is ended"),
                Ok(_) => {
                    if let Some(status) = complete(&self.answer)? {
                        return Ok(status);
                    }
                }
                Err(error) if is_for_now(error.kind()) => {
                    if !is_waiting() {
                        bail!("no answer in time");
                    }
                }
                Err(_) => bail!("the connection is ended"),
            }
        }
    }
}

fn connect(to: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(to).context("cannot connect")?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LOOK_INTERVAL))?;
    Ok(stream)
}

fn is_for_now(error: ErrorKind) -> bool {
    matches!(
        error,
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}
