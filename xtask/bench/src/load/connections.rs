//! Many connections on one thread.

use crate::load::{client::Client, template::Template};
use anyhow::Result;
use mio::{Events, Interest, Poll, Token};
use std::{io::ErrorKind, net::SocketAddr, time::Duration};
use xtask_programs::interruption;

/// How long to wait for answers before the next look for an interruption.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// How many events are taken at once.
const EVENTS: usize = 1024;

/// Many connections on one thread, numbered from zero.
pub(crate) struct Connections {
    poll: Poll,
    events: Events,
    clients: Vec<Client>,
}

// === impl Connections ===

impl Connections {
    /// Returns no connections yet.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS),
            clients: Vec::new(),
        })
    }

    /// Opens one more.
    pub(crate) fn open(&mut self, address: SocketAddr, request: &Template) -> Result<()> {
        let mut client = Client::open(address, request)?;
        let (registry, token) = (self.poll.registry(), Token(self.clients.len()));
        registry.register(&mut client.stream, token, Interest::READABLE)?;
        self.clients.push(client);
        Ok(())
    }

    /// Returns the connection of a number.
    pub(crate) fn client(&mut self, number: usize) -> &mut Client {
        &mut self.clients[number]
    }

    /// Waits until there is something to read, for a limited time, and calls a
    /// function with the number of each connection that has something.
    pub(crate) fn wait(
        &mut self,
        limit: Duration,
        mut readable: impl FnMut(usize, &mut Client) -> Result<()>,
    ) -> Result<()> {
        interruption::check()?;
        match self.poll.poll(&mut self.events, Some(limit)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            polled => polled?,
        }
        for event in &self.events {
            let Token(number) = event.token();
            readable(number, &mut self.clients[number])?;
        }
        Ok(())
    }
}
