//! Tests of whole connections: actix-http behind the gate, over a pipe.

mod agreement;
mod any_split;
mod endings;
mod one_at_a_time;
mod resting;
mod rig;
mod slow_clients;
