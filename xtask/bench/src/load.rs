//! The load: a client for loops that must cost the machine little, so that it
//! can keep a whole core of a server busy from another core; and clients that wait
//! on threads of their own, and go on whatever they are answered.

pub(crate) mod client;
pub(crate) mod closed_loop;
pub(crate) mod connections;
pub(crate) mod open_loop;
pub(crate) mod paced;
pub(crate) mod pressure;
pub(crate) mod template;
pub(crate) mod visitor;
