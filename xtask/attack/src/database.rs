//! What happens to a server when its database, or its clock, is not what it was.

mod aside;
mod clock;
mod connections;
mod encoding;
mod failover;
mod frozen;
mod large_commit;
mod readiness;
mod timed;

use crate::{
    options::Databases::{Both, Postgres},
    row::Row,
};

/// How many rows run at the same time when it is to be quick. Several measure how
/// long something takes, on a machine with two cores.
pub(crate) const AT_ONCE: usize = 4;

/// Every row. Those that take longest are first.
pub(crate) const ROWS: [Row; 8] = [
    (1, Postgres, |attack| Box::pin(failover::run(attack))),
    (4, Postgres, |attack| Box::pin(large_commit::run(attack))),
    (5, Both, |attack| Box::pin(readiness::run(attack))),
    (6, Postgres, |attack| Box::pin(frozen::run(attack))),
    (8, Both, |attack| Box::pin(clock::last_use(attack))),
    (2, Postgres, |attack| Box::pin(connections::run(attack))),
    (7, Both, |attack| Box::pin(clock::record(attack))),
    (3, Postgres, |attack| Box::pin(encoding::run(attack))),
];
