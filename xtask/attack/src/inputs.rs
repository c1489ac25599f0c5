//! What happens to a server whose settings, texts, secrets and requests are almost
//! right.

mod clock;
mod settings;

use crate::{
    options::Databases::{Both, Sqlite},
    row::Row,
};

/// How many rows run at the same time when it is to be quick.
pub(crate) const AT_ONCE: usize = 4;

/// Every row. Those that take longest are first.
pub(crate) const ROWS: &[Row] = &[
    (12, Both, |attack| Box::pin(settings::secrets::run(attack))),
    (9, Both, |attack| Box::pin(clock::run(attack))),
    (20, Both, |attack| Box::pin(settings::hangup(attack))),
    (11, Sqlite, |attack| Box::pin(settings::said(attack))),
];
