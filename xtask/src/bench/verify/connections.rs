//! Many connections on one thread.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use mio::{Events, Interest, Poll, Token};

use crate::bench::verify::client::{Client, Template};
use crate::interruption;

/// Many connections on one thread.
pub(super) struct Connections {
    poll: Poll,
    events: Events,
    clients: Vec<Client>,
}

// === impl Connections ===

impl Connections {
    /// Opens so many.
    pub(super) fn open(address: SocketAddr, request: &Template, count: usize) -> Result<Self> {
        let poll = Poll::new()?;
        let mut clients = Vec::with_capacity(count);
        for number in 0..count {
            let mut client = Client::open(address, request)?;
            let registry = poll.registry();
            registry.register(client.stream(), Token(number), Interest::READABLE)?;
            clients.push(client);
        }
        Ok(Self {
            poll,
            events: Events::with_capacity(count.max(1)),
            clients,
        })
    }

    /// Gives the connection of a number.
    pub(super) fn client(&mut self, number: usize) -> &mut Client {
        &mut self.clients[number]
    }

    /// Waits for answers and gives the number and the status of each to a
    /// function, which may send the next request.
    pub(super) fn wait(
        &mut self,
        limit: Duration,
        mut answered: impl FnMut(usize, u16, &mut Client) -> Result<()>,
    ) -> Result<()> {
        interruption::check()?;
        match self.poll.poll(&mut self.events, Some(limit)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            polled => polled?,
        }
        for event in &self.events {
            let Token(number) = event.token();
            let client = &mut self.clients[number];
            if let Some(status) = client.receive()? {
                answered(number, status, client)?;
            }
        }
        Ok(())
    }
}
