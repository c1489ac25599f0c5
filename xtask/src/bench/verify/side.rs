//! One side of a comparison, and what the rounds gave for it.

use anyhow::Result;

use crate::bench::load::Outcome;
use crate::bench::server::Server;
use crate::bench::statistics::Figures;
use crate::bench::table::Table;
use crate::bench::usage::ProcessorTimes;

/// What the rounds gave for one side of a comparison.
#[derive(Default)]
pub(super) struct Side {
    /// Requests answered a second.
    pub(super) per_second: Figures,
    /// Microseconds of processor time that the server took for each.
    pub(super) server_time: Figures,
    /// Milliseconds within which half of them were answered.
    pub(super) median_latency: Figures,
    /// Milliseconds within which 99 of a hundred were answered.
    pub(super) high_latency: Figures,
    /// Which part of a core the server took.
    pub(super) server_share: Figures,
    /// Which part of a core the load took.
    pub(super) load_share: Figures,
    /// How many cores all else on the machine took: the database, if it is a
    /// program of its own, and whatever disturbs the measurement.
    pub(super) other_share: Figures,
}

// === impl Side ===

impl Side {
    /// Runs a load against a server and adds what came of it.
    pub(super) fn measure(
        &mut self,
        server: &Server,
        load: impl FnOnce() -> Result<Vec<Outcome>>,
    ) -> Result<Vec<Outcome>> {
        let before = ProcessorTimes::now(server.process())?;
        let outcomes = load()?;
        let used = ProcessorTimes::now(server.process())?.since(before);
        if let [first, ..] = outcomes.as_slice() {
            let all: f64 = outcomes.iter().map(Outcome::count).sum();
            let seconds = first.duration.as_secs_f64();
            self.per_second.add(first.per_second());
            self.server_time.add(used.server.as_secs_f64() * 1e6 / all);
            self.median_latency.add(first.latencies.milliseconds_at(50));
            self.high_latency.add(first.latencies.milliseconds_at(99));
            self.server_share.add(used.server.as_secs_f64() / seconds);
            self.load_share.add(used.own.as_secs_f64() / seconds);
            let other = used.machine.saturating_sub(used.server + used.own);
            self.other_share.add(other.as_secs_f64() / seconds);
        }
        Ok(outcomes)
    }

    /// Adds its rows to a table.
    pub(super) fn rows(&self, table: &mut Table, name: &str) {
        let of = |what: &str| format!("{name}: {what}");
        table.row(&of("requests per second"), &self.per_second, 0);
        table.row(&of("processor time each, server, µs"), &self.server_time, 2);
        table.row(&of("median latency, ms"), &self.median_latency, 3);
        table.row(&of("99th percentile, ms"), &self.high_latency, 3);
        table.row(&of("cores taken, server"), &self.server_share, 2);
        table.row(&of("cores taken, load"), &self.load_share, 2);
        table.row(&of("cores taken, all else"), &self.other_share, 2);
    }
}
