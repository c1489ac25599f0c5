//! What happens to a server whose settings, texts, secrets and requests are almost
//! right.

mod flood;
mod secrets;

use crate::{options::Databases::Both, row::Row};

/// How many rows run at the same time when it is to be quick.
pub(crate) const AT_ONCE: usize = 4;

/// Every row. Those that take longest are first.
pub(crate) const ROWS: &[Row] = &[
    (7, Both, |attack| Box::pin(flood::run(attack))),
    (6, Both, |attack| Box::pin(secrets::run(attack))),
];
