//! What all measurements of verification work with.

use std::time::Duration;

use anyhow::Result;

use crate::bench::Bench;
use crate::bench::database::Database;
use crate::bench::load::Outcome;
use crate::bench::scattered::scattered;
use crate::bench::server::{BareTask, Server};
use crate::bench::verify::client::Template;
use crate::bench::verify::closed_loop::{self, Group, NextKey};
use crate::bench::verify::cores::Cores;
use crate::bench::verify::keys::write_stored;

/// How many connections ask at once.
pub(super) const CONNECTIONS: usize = 64;

/// How many keys are "in memory": few enough to be in the processor's too.
pub(super) const HOT_KEYS: u64 = 1_000;

/// How long the server is left alone until it has written what was used.
pub(super) const REST: Duration = Duration::from_secs(7);

/// What is asked. The scope is named, as a gateway's configuration should.
pub(super) const PATH: &str = "/auth/verify?scope=inference";

/// What all measurements of verification work with.
pub(super) struct Stage<'a> {
    /// What every measurement works with.
    pub(super) bench: &'a Bench,
    /// Which core runs what.
    pub(super) cores: Cores,
    /// What is asked.
    pub(super) request: Template,
}

// === impl Stage ===

impl<'a> Stage<'a> {
    /// Takes the cores.
    pub(super) fn take(bench: &'a Bench) -> Result<Self> {
        Ok(Self {
            bench,
            cores: Cores::take()?,
            request: Template::get(PATH),
        })
    }

    /// Starts the server with one worker on its core, and with more settings.
    pub(super) fn serve(&self, database: &Database, more: &[(&str, &str)]) -> Result<Server> {
        let mut settings = vec![("APIKEY_WORKERS", "1")];
        settings.extend_from_slice(more);
        let program = &self.bench.program;
        let start = || Server::spawn_with(program, database, &settings);
        self.ready(self.cores.on_servers(start)?)
    }

    /// Starts what the server is compared with, on the server's core.
    pub(super) fn serve_bare(&self, database: &Database, task: BareTask) -> Result<Server> {
        let start = || Server::spawn_bare(database, task);
        self.ready(self.cores.on_servers(start)?)
    }

    /// Verifies keys over all connections, all of which must be valid.
    pub(super) fn load(
        &self,
        server: &Server,
        next_key: NextKey<'_>,
        time: Duration,
    ) -> Result<Vec<Outcome>> {
        let group = Group {
            connections: CONNECTIONS,
            next_key,
            status: 200,
        };
        closed_loop::run(server.address(), &self.request, &mut [group], time)
    }

    fn ready(&self, server: Server) -> Result<Server> {
        self.bench.block_on(server.until_ready())?;
        Ok(server)
    }
}

/// Gives stored keys in random order, for ever.
pub(super) fn in_random_order(count: u64) -> impl FnMut(&mut [u8]) -> bool {
    let mut draw = 0;
    move |key| {
        draw += 1;
        write_stored(scattered(draw) % count, key);
        true
    }
}

/// Gives each stored key of a range once.
pub(super) fn each_once(mut numbers: std::ops::Range<u64>) -> impl FnMut(&mut [u8]) -> bool {
    move |key| {
        let number = numbers.next();
        number.map(|number| write_stored(number, key)).is_some()
    }
}

/// Gives stored keys in the order of their numbers, again and again, from one
/// of them on.
pub(super) fn from_number_on(first: u64, count: u64) -> impl FnMut(&mut [u8]) -> bool {
    let mut next = first;
    move |key| {
        write_stored(next % count, key);
        next += 1;
        true
    }
}
