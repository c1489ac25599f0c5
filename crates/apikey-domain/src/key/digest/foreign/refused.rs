//! Why a digest is not parsed.

use crate::invalid::Invalid;

/// Returns why a digest was not parsed. It says nothing of the digest itself.
pub(in crate::key::digest) fn refused(rule: &'static str) -> Invalid {
    Invalid::new("secret_digest", rule)
}
