//! The fuzz targets: what reads a stranger's text, each compared with a slow and
//! plain reader of the same text.
//!
//! A target is a function from bytes to nothing that panics when it finds something.
//! `fuzz_targets` holds a program for each, `corpus` the inputs that they begin with,
//! and `dictionaries` the words from which they make more. `cargo xtask fuzz` runs
//! them.

pub mod bodies;
pub mod credentials;
pub mod events;
mod json;
mod linear;
pub mod positions;
pub mod queries;
pub mod requests;
mod slow_http;
mod slow_text;
pub mod token;
pub mod user_lists;
