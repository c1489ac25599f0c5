//! What a server says of a database that was restored.

use apikey_diesel::{Database, Restore};
use apikey_domain::{error::PortError, timestamp::Timestamp};

/// For how long it is said.
const DAYS: i64 = 90;

/// Says that what was revoked after the backup is accepted again, unless somebody has said
/// that they know.
///
/// # Errors
///
/// If the database cannot be reached.
pub(crate) async fn warn(database: &Database, now: Timestamp) -> Result<(), PortError> {
    for Restore {
        made_at,
        restored_at,
    } in recent(database, now).await?
    {
        tracing::warn!(
            made_at = %made_at.to_rfc3339(),
            restored_at = %restored_at.to_rfc3339(),
            "restored from a backup: what was revoked or changed between these is as before, so \
             revoke it again, and then run apikey-server restore --acknowledge"
        );
    }
    Ok(())
}

/// Says what a backup cannot have.
pub(crate) fn lost(made_at: Timestamp) -> String {
    format!(
        "what was created, changed or revoked after {} is not in it: revoke again what was",
        made_at.to_rfc3339()
    )
}

/// Returns the restores of which is still to be said something.
pub(crate) async fn recent(database: &Database, now: Timestamp) -> Result<Vec<Restore>, PortError> {
    let mut restores = database.unacknowledged_restores().await?;
    let is_recent = |restore: &Restore| {
        let end = restore.restored_at.plus_seconds(DAYS * 86_400);
        end.is_none_or(|end| now < end)
    };
    restores.retain(is_recent);
    Ok(restores)
}
