//! One side of the comparison: its database, its servers and what they created.

use std::time::Duration;

use anyhow::Result;

use crate::bench::Bench;
use crate::bench::database::Database;
use crate::bench::feed::{CONNECTIONS, stand_in};
use crate::bench::http::post;
use crate::bench::load::{Load, Outcome};
use crate::bench::server::{self, Server};
use crate::bench::statistics::Figures;
use crate::bench::tenant::Tenant;
use crate::bench::usage::ProcessorTimes;

/// How many parts the load has, on every side: they go round the servers.
const PARTS: usize = 3;

/// How a side differs from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// One server, as shipped.
    AsShipped,
    /// One server, on a database that keeps no events.
    WithoutEvents,
    /// So many servers as shipped, on one database.
    Nodes(usize),
}

/// One side, with a database of its own.
pub(super) struct Side {
    /// Keys created a second.
    pub(super) created: Figures,
    /// Processor time of the servers for each, in microseconds.
    pub(super) server_time: Figures,
    /// Processor time of the whole machine for each, in microseconds.
    pub(super) machine_time: Figures,
    manner: Manner,
    servers: Vec<Server>,
    parts: [Load; PARTS],
    database: Database,
}

// === impl Side ===

impl Side {
    /// Prepares the database, starts the servers and makes the user whose keys
    /// are created.
    pub(super) fn open(bench: &Bench, manner: Manner) -> Result<Self> {
        let database = bench.block_on(bench.engine.create())?;
        let is_without = manner == Manner::WithoutEvents;
        if is_without {
            server::migrate(&bench.program, &database)?;
            let statements = stand_in::TAKE_AWAY.map(str::to_owned);
            bench.block_on(database.run_all(&statements))?;
        }
        let settings: &[_] = if is_without { &stand_in::SETTINGS } else { &[] };
        let mut servers = Vec::new();
        for _ in 0..manner.servers() {
            let server = Server::spawn_with(&bench.program, &database, settings)?;
            bench.block_on(server.until_ready())?;
            servers.push(server);
        }
        let tenant = bench.block_on(Tenant::create(servers[0].address(), "creator"))?;
        let all = Load::new(servers[0].address(), CONNECTIONS, move |number| {
            let body = format!(r#"{{"name":"bench-{number:09}"}}"#);
            post("/v2/api-keys", tenant.authorization(), &body)
        });
        let parts = std::array::from_fn(|part| Load {
            address: servers[part % servers.len()].address(),
            connections: (CONNECTIONS + part) / PARTS,
            request: all.request.clone(),
            next: all.next.clone(),
        });
        Ok(Self {
            created: Figures::default(),
            server_time: Figures::default(),
            machine_time: Figures::default(),
            manner,
            servers,
            parts,
            database,
        })
    }

    /// Creates keys for a time.
    pub(super) fn create(&self, bench: &Bench, time: Duration) -> Result<Outcome> {
        let [one, two, three] = &self.parts;
        bench.block_on(async {
            let (mut all, two, three) =
                tokio::try_join!(one.run(time), two.run(time), three.run(time))?;
            for part in [two, three] {
                all.duration = all.duration.max(part.duration);
                all.latencies.append(part.latencies);
            }
            Ok(all)
        })
    }

    /// Creates keys for a time and keeps the figures.
    pub(super) fn measure(&mut self, bench: &Bench, time: Duration) -> Result<()> {
        let before = self.times()?;
        let outcome = self.create(bench, time)?;
        let used = self.times()?.since(before);
        self.created.add(outcome.per_second());
        self.server_time.add(outcome.microseconds_each(used.server));
        self.machine_time
            .add(outcome.microseconds_each(used.machine));
        Ok(())
    }

    /// Stops the servers and looks whether the database holds the events that it
    /// must.
    pub(super) fn close(self, bench: &Bench) -> Result<()> {
        self.servers.into_iter().try_for_each(Server::stop)?;
        let check = match self.manner {
            Manner::WithoutEvents => stand_in::CHECK_NONE,
            Manner::AsShipped | Manner::Nodes(_) => stand_in::CHECK_ALL,
        };
        bench.block_on(self.database.run_all(&[check.to_owned()]))
    }

    /// Reads the clocks; that of the server is the sum of all.
    fn times(&self) -> Result<ProcessorTimes> {
        let mut all = ProcessorTimes::now(self.servers[0].process())?;
        for server in &self.servers[1..] {
            all.server += ProcessorTimes::now(server.process())?.server;
        }
        Ok(all)
    }
}

// === impl Manner ===

impl Manner {
    fn servers(self) -> usize {
        match self {
            Self::AsShipped | Self::WithoutEvents => 1,
            Self::Nodes(nodes) => nodes,
        }
    }
}
