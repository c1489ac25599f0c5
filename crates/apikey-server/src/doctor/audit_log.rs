//! Whether the server can write its audit log: otherwise it does not start.

use super::finding::Finding;
use crate::{audit, config::Config};

pub(super) fn findings(config: &Config) -> Option<Finding> {
    let path = config.observation.audit_log.as_ref()?;
    let error = audit::check(path).err()?;
    let what = format!("{} cannot be the audit log: {error:#}", path.display());
    let advice = "set --audit-log to a file that this user may write, or that is not there yet, in a \
                  folder into which this user may write";
    Some(Finding::error("audit log", what, advice))
}
