//! What happens to a server whose settings, texts, secrets and requests are almost
//! right.

mod names;
mod search;

use crate::{options::Databases::Both, row::Row};

/// How many rows run at the same time when it is to be quick.
pub(crate) const AT_ONCE: usize = 4;

/// Every row. Those that take longest are first.
pub(crate) const ROWS: &[Row] = &[
    (13, Both, |attack| Box::pin(names::run(attack))),
    (14, Both, |attack| Box::pin(search::run(attack))),
];
