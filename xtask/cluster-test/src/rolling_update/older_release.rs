//! What the release before knows, by the protocol that its nodes speak.

use super::refusals::{see_new_changes, see_refused};
use crate::test_cluster::TestCluster;
use anyhow::Result;
use apikey_domain::change::Protocol;
use diesel::{QueryableByName, sql_query, sql_types::BigInt};
use diesel_async::RunQueryDsl;
use xtask_harness::database::postgres;

/// The release before.
#[derive(Clone, Copy)]
pub(super) struct OlderRelease {
    protocol: i64,
}

#[derive(QueryableByName)]
struct Spoken {
    #[diesel(sql_type = BigInt)]
    protocol: i64,
}

// === impl OlderRelease ===

impl OlderRelease {
    /// One that knows nothing that came since.
    pub(super) const FIRST: Self = Self { protocol: 1 };

    /// Returns that of the nodes which live, once this release has migrated: before, they
    /// might not say what they speak.
    pub(super) async fn of(database: &str) -> Result<Self> {
        let mut connection = postgres(database).await?;
        let spoken = sql_query("SELECT min(protocol)::bigint AS protocol FROM nodes");
        let Spoken { protocol } = spoken.get_result(&mut connection).await?;
        Ok(Self { protocol })
    }

    /// Returns whether it knows that keys are disabled, revoked and rotated.
    pub(super) fn knows_withdrawals(self) -> bool {
        self.protocol >= Protocol::WITHDRAWALS.number()
    }

    /// Returns whether it knows digests of other services.
    pub(super) fn knows_foreign_digests(self) -> bool {
        self.protocol >= Protocol::FOREIGN_DIGESTS.number()
    }

    /// Returns whether it knows sessions, which came with digests of other services.
    pub(super) fn knows_sessions(self) -> bool {
        self.knows_foreign_digests()
    }

    /// Sees that what the release does not know is refused through a node beside it, or that
    /// it is done.
    pub(super) async fn see_changes(self, cluster: &TestCluster, node: usize) -> Result<()> {
        match self.knows_withdrawals() {
            true => see_new_changes(cluster, node).await,
            false => see_refused(cluster, node).await,
        }
    }
}
