//! A connection that sends the same request with another slot each time, and
//! allocates nothing for it.

use crate::load::template::{Template, complete};
use anyhow::{Context, Result, bail, ensure};
use mio::net::TcpStream;
use std::{
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
};

/// How much of an answer there is room for at first, in bytes.
const CAPACITY: usize = 4096;

/// A connection without blocking calls.
pub(crate) struct Client {
    /// What a poll is registered for.
    pub(super) stream: TcpStream,
    pub(crate) request: Template,
    answer: Vec<u8>,
    filled: usize,
}

// === impl Client ===

impl Client {
    /// Connects.
    pub(crate) fn open(address: SocketAddr, request: &Template) -> Result<Self> {
        let stream = std::net::TcpStream::connect(address);
        let stream = stream.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream: TcpStream::from_std(stream),
            request: request.clone(),
            answer: vec![0; CAPACITY],
            filled: 0,
        })
    }

    /// Sends the request. There is always room for it when the last one was
    /// answered.
    pub(crate) fn send(&mut self) -> Result<()> {
        self.filled = 0;
        let request = self.request.bytes();
        let sent = self.stream.write(request).context("cannot send")?;
        ensure!(sent == request.len(), "the server takes half a request");
        Ok(())
    }

    /// Reads what has come and returns whether the answer is complete. It must have
    /// the expected status, and a length.
    pub(crate) fn receive(&mut self, expected: u16) -> Result<bool> {
        while self.read_some()? {
            match complete(self.answer())? {
                Some(status) if status == expected => return Ok(true),
                Some(status) => {
                    let answer = String::from_utf8_lossy(self.answer());
                    bail!("{status} and not {expected}: {answer}");
                }
                None => {}
            }
        }
        Ok(false)
    }

    /// Returns what has come of the answer.
    pub(crate) fn answer(&self) -> &[u8] {
        &self.answer[..self.filled]
    }

    /// Reads once; false when there is nothing to read now.
    fn read_some(&mut self) -> Result<bool> {
        if self.filled == self.answer.len() {
            self.answer.resize(2 * self.filled, 0);
        }
        match self.stream.read(&mut self.answer[self.filled..]) {
            Ok(0) => bail!("the server closed the connection"),
            Ok(count) => self.filled += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error).context("cannot receive"),
        }
        Ok(true)
    }
}
