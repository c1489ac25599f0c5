//! What happens to a server whose settings, texts, secrets and requests are almost
//! right.

mod bodies;
mod headers;
mod pruning;

use crate::{options::Databases::Both, row::Row};

/// How many rows run at the same time when it is to be quick.
pub(crate) const AT_ONCE: usize = 4;

/// Every row. Those that take longest are first.
pub(crate) const ROWS: &[Row] = &[
    (5, Both, |attack| Box::pin(pruning::run(attack))),
    (3, Both, |attack| Box::pin(headers::uncached(attack))),
    (4, Both, |attack| Box::pin(headers::split(attack))),
    (15, Both, |attack| Box::pin(bodies::numbers(attack))),
    (16, Both, |attack| Box::pin(bodies::fields(attack))),
];
