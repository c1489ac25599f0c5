//! The database itself: whether it answers, its encoding, and from when it is.

use super::finding::Finding;
use crate::config::Config;
use apikey_diesel::{CERTIFICATE_DAYS, Examination, Restore};
use apikey_domain::error::{PortError, with_causes};

pub(super) fn unreachable(config: &Config, error: &PortError) -> Finding {
    let what = format!(
        "{:?} cannot be read: {}",
        config.database_url,
        with_causes(error)
    );
    let advice =
        "check --database-url, whether the database runs, and whether this user may use it";
    Finding::error("database", what, advice)
}

pub(super) fn findings(examination: &Examination) -> Vec<Finding> {
    let certificate = examination.certificate_ends.then(|| {
        let what = format!("the certificate of the database ends within {CERTIFICATE_DAYS} days");
        let advice = "give PostgreSQL another one, and have it read its settings again";
        Finding::warning("certificate", what, advice)
    });
    let encoding = examination.encoding.as_deref();
    let wrong = encoding.filter(|encoding| *encoding != "UTF8");
    let finding = wrong.map(|encoding| {
        let what = format!("the encoding of the database is {encoding}: names do not fit into it");
        let advice = "make another one with ENCODING 'UTF8' TEMPLATE template0, and move the data \
                      there by pg_dump and pg_restore";
        Finding::error("database", what, advice)
    });
    let read_only = examination.is_read_only.then(|| {
        let what = "the database is read-only: the server does not start";
        let advice = "connect to the primary, and see default_transaction_read_only";
        Finding::error("database", what, advice)
    });
    let lacks_tables = !examination.has_tables || examination.missing_migrations > 0;
    let forbidden = (lacks_tables && !examination.may_create_tables).then(|| {
        let what = "the role may not create tables in the schema of the database: the server \
                    does not start";
        let advice = "GRANT CREATE ON SCHEMA to it, or make it the owner of the database";
        Finding::error("database", what, advice)
    });
    let findings = [finding, certificate, read_only, forbidden];
    findings.into_iter().flatten().collect()
}

pub(super) fn restored(restore: &Restore) -> Finding {
    let what = format!(
        "it was restored at {} from a backup of {}: what was revoked between is accepted again",
        restore.restored_at.to_rfc3339(),
        restore.made_at.to_rfc3339()
    );
    let advice = "revoke it again, and then run apikey-server restore --acknowledge";
    Finding::warning("restore", what, advice)
}
