//! Rates, latencies and processor times of several rounds.

use crate::{
    load::closed_loop::Outcome,
    series::Series,
    table::{Aim, Table},
};
use anyhow::Result;
use std::{array::from_fn, time::Duration};
use xtask_harness::usage::processor_times;

/// What the rounds gave for one of those that are compared.
#[derive(Default)]
pub(crate) struct Measurements {
    /// What the table calls it.
    pub(crate) name: String,
    /// Requests answered a second.
    pub(crate) per_second: Series,
    /// Microseconds of processor time that the server took for each.
    pub(crate) server_time: Series,
    /// The same with all else on the machine but the load, such as a database.
    all_time: Series,
    /// Milliseconds within which half of them were answered.
    pub(crate) median_latency: Series,
    /// Milliseconds within which 99 of a hundred were answered.
    pub(crate) high_latency: Series,
    /// How much of a core the load took.
    load_cores: Series,
    /// How many cores were taken by neither server nor load: by the database, if
    /// it is a program of its own, and by whatever disturbs the measurement.
    other_cores: Series,
}

// === impl Measurements ===

impl Measurements {
    /// Returns no measurements yet.
    pub(crate) fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// Runs a load against servers and adds what came of it. Rates and latencies
    /// are those of its first group.
    pub(crate) fn measure(
        &mut self,
        servers: &[u32],
        load: impl FnOnce() -> Result<Vec<Outcome>>,
    ) -> Result<()> {
        let before = processor_times(servers)?;
        let outcomes = load()?;
        let after = processor_times(servers)?;
        let [machine, of_servers, of_load] = from_fn(|place| after[place] - before[place]);
        let all: u64 = outcomes.iter().map(|group| group.latencies.count()).sum();
        let (first, all) = (&outcomes[0], all as f64);
        let (latencies, seconds) = (&first.latencies, first.duration.as_secs_f64());
        let without_load = machine - of_load;
        self.per_second.add(latencies.count() as f64 / seconds);
        self.server_time.add(of_servers * 1e6 / all);
        self.all_time.add(without_load * 1e6 / all);
        self.median_latency.add(latencies.milliseconds_at(50.0));
        self.high_latency.add(latencies.milliseconds_at(99.0));
        self.load_cores.add(of_load / seconds);
        let other = without_load - of_servers;
        self.other_cores.add(other / seconds);
        Ok(())
    }

    /// Adds the latency of one request.
    pub(crate) fn add_one(&mut self, latency: Duration) {
        let milliseconds = latency.as_secs_f64() * 1e3;
        self.median_latency.add(milliseconds);
        self.high_latency.add(milliseconds);
    }

    /// Adds its rows to a table.
    pub(crate) fn rows(&self, table: &mut Table) {
        for (figure, series) in [
            ("requests per second", &self.per_second),
            ("processor time each, server, µs", &self.server_time),
            ("processor time each, all but load, µs", &self.all_time),
            ("median latency, ms", &self.median_latency),
            ("99th percentile, ms", &self.high_latency),
            ("cores taken, load", &self.load_cores),
            ("cores taken, all else", &self.other_cores),
        ] {
            table.row(format!("{}: {figure}", self.name), series, None);
        }
    }

    /// Adds its ratios to a baseline to a table: those of rates, which are to be so
    /// much or more, of processor times and of 99th percentiles.
    pub(crate) fn ratios(&self, table: &mut Table, base: &Self, rates: f64, highs: Option<Aim>) {
        let of = |figure: &str| format!("{}: ratio of {figure} to {}", self.name, base.name);
        let rate = self.per_second.ratio_to(&base.per_second);
        table.row(of("rates"), rate, Aim::AtLeast(rates));
        let time = self.server_time.ratio_to(&base.server_time);
        table.row(of("processor times"), time, None);
        let high = self.high_latency.ratio_to(&base.high_latency);
        table.row(of("99th percentiles"), high, highs);
    }
}
