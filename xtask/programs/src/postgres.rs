//! PostgreSQL clusters of xtask's own, gone when their owner is gone.
//!
//! A cluster lives in a temporary folder and listens on the loopback address
//! only. It is not a child of xtask: a small shell, the `Watchdog`, starts,
//! stops and removes it, and notices the end of xtask by the end of a pipe. So
//! nothing is left behind after a success, a failure, a panic, a signal or a
//! SIGKILL.

mod account;
mod cluster;
mod listening;
mod programs;
mod role;
mod settings;
mod standby;
mod watchdog;

pub use crate::postgres::{
    cluster::Cluster,
    programs::find_or_install as find_or_install_programs,
    role::Replication,
    settings::{Durability, Settings},
};
