//! What a database is like, for whoever looks for what is wrong with it.

use apikey_domain::{key::digest::PepperId, timestamp::Timestamp};

/// How many days before its end a certificate is spoken of.
pub const CERTIFICATE_DAYS: u32 = 14;

/// What a database is like.
#[derive(Clone, Debug, Default)]
pub struct Examination {
    /// Its encoding, on PostgreSQL.
    pub encoding: Option<String>,
    /// What time its server has, on PostgreSQL.
    pub clock: Option<Timestamp>,
    /// Whether it takes no changes, on PostgreSQL.
    pub is_read_only: bool,
    /// Whether tables may be made in it.
    pub may_create_tables: bool,
    /// Whether the certificate of its server ends within [`CERTIFICATE_DAYS`].
    pub certificate_ends: bool,
    /// Whether it has tables of this service.
    pub has_tables: bool,
    /// The migrations that this release lacks.
    pub unknown_migrations: Vec<String>,
    /// How many migrations of this release the database lacks.
    pub missing_migrations: usize,
    /// When the newest event was recorded.
    pub newest_event: Option<Timestamp>,
    /// How many digests there are under each pepper.
    pub peppers: Vec<PepperDigests>,
    /// The newest pepper, under which new digests are, if one is registered.
    pub newest_pepper: Option<PepperId>,
}

/// The query for the newest pepper.
pub(crate) const NEWEST_PEPPER: &str =
    "SELECT id AS text FROM peppers ORDER BY number DESC LIMIT 1";

/// How many digests there are under a pepper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PepperDigests {
    /// Its id.
    pub pepper: PepperId,
    /// How many.
    pub digests: u64,
}

// === impl PepperDigests ===

impl PepperDigests {
    /// Returns the query that counts them, also in the schema of an earlier release, which
    /// may lack the table of credentials: the id of each pepper, and how many there are.
    pub(crate) fn query(has_credentials: bool) -> String {
        let digests = match has_credentials {
            true => {
                "SELECT secret_digest FROM api_keys WHERE credentials IS NULL UNION ALL \
                 SELECT secret_digest FROM api_key_credentials"
            }
            false => "SELECT secret_digest FROM api_keys",
        };
        format!(
            "SELECT substr(secret_digest, 13, 8) AS one, count(*) AS digests FROM ({digests}) \
             AS counted WHERE substr(secret_digest, 1, 12) = 'hmac-sha256$' GROUP BY 1"
        )
    }

    /// Reads a row of the query; `None` if it counts digests that are damaged. These keep nobody
    /// from a backup, which is the more wanted then.
    pub(crate) fn read(id: &str, digests: i64) -> Option<Self> {
        Some(Self {
            pepper: PepperId::parse(id)?,
            digests: digests.unsigned_abs(),
        })
    }
}
