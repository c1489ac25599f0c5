//! `cargo xtask postgres`: runs a PostgreSQL server to examine by hand.

use anyhow::Result;
use clap::Args;
use std::{thread, time::Duration};
use xtask_programs::{
    interruption,
    postgres::{Cluster, Durability, Settings},
};

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// What `cargo xtask postgres` takes.
#[derive(Args)]
pub(crate) struct Options {
    /// Survive a loss of power, as a server in production does.
    #[arg(long)]
    durable: bool,
    /// How many connections the server takes at a time.
    #[arg(long, default_value_t = 200)]
    max_connections: u16,
}

/// Runs a cluster and prints its address; a signal is the way to end it.
pub(crate) fn run(options: &Options) -> Result<()> {
    let cluster = Cluster::start(&Settings {
        durability: if options.durable {
            Durability::Durable
        } else {
            Durability::Throwaway
        },
        max_connections: options.max_connections,
    })?;
    println!("{} (Ctrl-C ends it)", cluster.url());
    while interruption::check().is_ok() {
        thread::sleep(POLL_INTERVAL);
    }
    Ok(())
}
