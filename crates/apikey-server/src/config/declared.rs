//! Every setting, each declared once.
//!
//! To add one, add it to one of the groups: the rest is made from there. What has no type of
//! its own there, the secrets and the file itself, is in [`others`].

mod bounds;
mod database;
mod group;
mod keys;
mod network;
mod observation;
mod others;
mod program;
mod records;

pub use bounds::Bounds;
pub use database::Database;
pub use keys::Keys;
pub use network::Network;
pub use observation::Observation;
pub(super) use others::{BOOTSTRAP_PASSWORD, CONFIG, DATABASE_URL, IMPORT_FROM, KEY, PEPPER};
pub use program::Program;
pub use records::Records;

use super::setting::Described;
pub(super) use group::Group;

/// Returns what is said of each setting, in the order of `--help` and of the table.
pub(super) fn all() -> Vec<Described> {
    [
        vec![CONFIG.described()],
        Network::described(),
        Database::described(),
        vec![DATABASE_URL.described()],
        vec![PEPPER.described(), BOOTSTRAP_PASSWORD.described()],
        Keys::described(),
        Bounds::described(),
        Records::described(),
        Observation::described(),
        Program::described(),
        vec![IMPORT_FROM.described(), KEY.described()],
    ]
    .concat()
}
