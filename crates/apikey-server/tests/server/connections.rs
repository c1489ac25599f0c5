//! Clients that take connections, memory and time, and give nothing.

mod bounds;
mod never_reading;
mod raw;
mod slow;
