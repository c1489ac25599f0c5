//! Many watchers at once.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::load::connections::{Connections, POLL_INTERVAL};
use crate::load::template::Template;

/// The name of the key that every watcher receives first.
pub(super) const FIRST_KEY: &str = "the first key";

/// How many open their streams at the same time.
const OPENING: usize = 64;

/// The name of the key whose creation all watchers receive.
const NEW_KEY: &str = "bench-000000000";

/// Streams that are open and idle.
pub(super) struct Watchers(Connections, usize);

// === impl Watchers ===

impl Watchers {
    /// Opens so many streams, each with the one key that is there, and returns
    /// the time that took.
    pub(super) fn open(address: SocketAddr, key: &str, count: usize) -> Result<(Self, Duration)> {
        let request = Template::get("/v2/api-keys?watch=true").filled(key);
        let mut connections = Connections::new()?;
        let started = Instant::now();
        let (mut begun, mut opened) = (0, 0);
        while opened < count {
            while begun < count && begun - opened < OPENING {
                connections.open(address, &request)?;
                connections.client(begun).send()?;
                begun += 1;
            }
            connections.wait(POLL_INTERVAL, |_, client| {
                opened += usize::from(client.receive_text(FIRST_KEY)?);
                Ok(())
            })?;
        }
        Ok((Self(connections, count), started.elapsed()))
    }

    /// Creates a key and waits until every watcher has received it. Returns the
    /// time until that was answered, and the time until the last one had it.
    pub(super) fn notify(self, address: SocketAddr, key: &str) -> Result<(Duration, Duration)> {
        let Self(mut connections, watchers) = self;
        connections.open(address, &Template::create_key(key))?;
        let sent = Instant::now();
        connections.client(watchers).send()?;
        let (mut answered, mut received) = (None, 0);
        while answered.is_none() || received < watchers {
            connections.wait(POLL_INTERVAL, |number, client| {
                if number < watchers {
                    received += usize::from(client.receive_text(NEW_KEY)?);
                } else if client.receive(200)? {
                    answered = Some(sent.elapsed());
                }
                Ok(())
            })?;
        }
        Ok((answered.unwrap_or_default(), sent.elapsed()))
    }
}
