//! What happens to a server whose settings, texts, secrets and requests are almost
//! right.

mod bodies;
mod flood;
mod gateways;
mod headers;
mod names;
mod pruning;
mod search;
mod secrets;
mod sign_in;

use crate::{
    options::Databases::{Both, Sqlite},
    row::Row,
};

/// How many rows run at the same time when it is to be quick.
pub(crate) const AT_ONCE: usize = 4;

/// Every row. Those that take longest are first.
pub(crate) const ROWS: &[Row] = &[
    (7, Both, |attack| Box::pin(flood::run(attack))),
    (1, Both, |attack| Box::pin(sign_in::flood::run(attack))),
    (5, Both, |attack| Box::pin(pruning::run(attack))),
    // It is the same on either, and there is one set of addresses.
    (8, Sqlite, |attack| Box::pin(sign_in::network::run(attack))),
    (2, Both, |attack| Box::pin(sign_in::evenness::run(attack))),
    (3, Both, |attack| Box::pin(headers::uncached(attack))),
    (4, Both, |attack| Box::pin(headers::split(attack))),
    (6, Both, |attack| Box::pin(secrets::run(attack))),
    (13, Both, |attack| Box::pin(names::run(attack))),
    (14, Both, |attack| Box::pin(search::run(attack))),
    (15, Both, |attack| Box::pin(bodies::numbers(attack))),
    (16, Both, |attack| Box::pin(bodies::fields(attack))),
    (17, Sqlite, |attack| Box::pin(gateways::key_places(attack))),
    (18, Sqlite, |attack| Box::pin(gateways::preflights(attack))),
    (19, Sqlite, |attack| Box::pin(gateways::model_names(attack))),
];
