//! What a database is like, for whoever looks for what is wrong with it.

use apikey_domain::{key::digest::PepperId, timestamp::Timestamp};

/// What a database is like.
#[derive(Clone, Debug, Default)]
pub struct Examination {
    /// Its encoding, on PostgreSQL.
    pub encoding: Option<String>,
    /// What time its server has, on PostgreSQL.
    pub clock: Option<Timestamp>,
    /// Whether it has tables of this service.
    pub has_tables: bool,
    /// The migrations that this release lacks.
    pub unknown_migrations: Vec<String>,
    /// How many migrations of this release the database lacks.
    pub missing_migrations: usize,
    /// When the newest event was recorded.
    pub newest_event: Option<Timestamp>,
    /// How many digests there are under each pepper.
    pub peppers: Vec<(PepperId, u64)>,
}
