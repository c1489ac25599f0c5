//! What clients do to a server.

use crate::{
    edges, heads, held_back, keys_rights, large, log_loss, never_reads, options::Databases::Both,
    row::Row, together,
};

/// How many rows run at the same time when it is to be quick.
pub(crate) const AT_ONCE: usize = 8;

/// Every row that may run beside others, and then the one that is compared with an
/// empty handler, which has the machine to itself.
pub(crate) const GROUPS: [&[Row]; 2] = [&ROWS, &[TOGETHER]];

/// Those that take longest are first.
const ROWS: [Row; 8] = [
    (3, Both, |attack| Box::pin(held_back::run(attack))),
    (4, Both, |attack| Box::pin(large::run(attack))),
    (1, Both, |attack| Box::pin(never_reads::run(attack))),
    (2, Both, |attack| Box::pin(heads::run(attack))),
    (5, Both, |attack| Box::pin(log_loss::run(attack))),
    (6, Both, |attack| {
        Box::pin(keys_rights::foreign_organizations(attack))
    }),
    (7, Both, |attack| {
        Box::pin(keys_rights::own_password(attack))
    }),
    (8, Both, |attack| Box::pin(edges::run(attack))),
];

const TOGETHER: Row = (9, Both, |attack| Box::pin(together::run(attack)));
