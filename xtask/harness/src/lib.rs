//! What tests and measurements drive the server with, each tool once: a
//! launcher, an HTTP client, a proxy that can be cut, fresh databases, latencies,
//! what processes use, and a model of what a question must be answered.

pub mod client;
pub mod close_expiry;
pub mod database;
pub mod expectation;
pub mod findings;
pub mod frames;
pub mod interruption;
pub mod latencies;
pub mod lock;
pub mod memory;
pub mod proxy;
pub mod random;
pub mod replication;
pub mod request;
pub mod server;
pub mod usage;
