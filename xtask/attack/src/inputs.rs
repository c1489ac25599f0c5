//! What happens to a server whose settings, texts, secrets and requests are almost
//! right.

mod gateways;

use crate::{options::Databases::Sqlite, row::Row};

/// How many rows run at the same time when it is to be quick.
pub(crate) const AT_ONCE: usize = 4;

/// Every row. Those that take longest are first.
pub(crate) const ROWS: &[Row] = &[
    (17, Sqlite, |attack| Box::pin(gateways::key_places(attack))),
    (18, Sqlite, |attack| Box::pin(gateways::preflights(attack))),
    (19, Sqlite, |attack| Box::pin(gateways::model_names(attack))),
];
