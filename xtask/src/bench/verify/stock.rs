//! A database with keys in it.

use anyhow::Result;

use crate::bench::database::Database;
use crate::bench::server;
use crate::bench::verify::fill::fill;
use crate::bench::verify::stage::Stage;

/// A database with keys in it.
pub(super) struct Stock {
    /// The database.
    pub(super) database: Database,
    /// How many stored keys it has; their numbers lie below.
    pub(super) keys: u64,
}

// === impl Stock ===

impl Stock {
    /// Makes a database with so many keys.
    pub(super) fn make(stage: &Stage<'_>, keys: u64) -> Result<Self> {
        let database = stage.bench.block_on(stage.bench.engine.create())?;
        server::migrate(&stage.bench.program, &database)?;
        stage.bench.block_on(fill(&database, keys))?;
        Ok(Self { database, keys })
    }
}
