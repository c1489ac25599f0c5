//! The parts of the server binary: the only crate that reads the environment and
//! knows which adapter implements which port.

pub mod administer;
mod batch_size;
pub mod bootstrap;
pub mod clock;
mod clocks;
mod command;
pub mod config;
pub mod control;
pub mod data_dir;
pub mod ended_keys;
pub mod endings;
mod even_time;
pub mod explain_key;
pub mod faults;
pub mod forgetting;
mod hash_queue;
pub mod import;
pub mod last_used;
pub mod log;
pub mod migrate;
pub mod name_index;
pub mod names;
pub mod open_files;
pub mod panics;
pub mod password_hasher;
pub mod password_input;
pub mod pepper;
pub mod prune;
pub mod removals;
pub mod reset_password;
pub mod serve;
pub mod sessions;
pub mod slow_digests;
pub mod wiring;
pub mod workers;
