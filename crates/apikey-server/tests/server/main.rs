//! The server as a process, on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod contract;
mod database_loss;
mod documents;
mod gateways;
mod kill;
mod limits;
mod process;
mod soak;
mod support;
mod verification;
