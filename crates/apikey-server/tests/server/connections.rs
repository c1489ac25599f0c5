//! Clients that take connections, memory and time, and give nothing.

mod bounds;
mod never_reading;
pub(crate) mod raw;
mod slow;
