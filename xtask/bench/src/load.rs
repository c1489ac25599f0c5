//! The load: a client for loops that must cost the machine little, so that it
//! can keep a whole core of a server busy from another core.

pub(crate) mod client;
pub(crate) mod closed_loop;
pub(crate) mod connections;
pub(crate) mod open_loop;
