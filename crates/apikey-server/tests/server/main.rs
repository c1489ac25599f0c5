//! The server as a process, on both databases.

mod contract;
mod kill;
mod process;
mod support;
