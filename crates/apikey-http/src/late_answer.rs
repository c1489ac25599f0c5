//! Answers that come long after their request was judged.
//!
//! What is written is judged again in its transaction, and a list before each further piece.
//! An answer with neither may be late all the same: its body was held back, or a slow digest
//! was computed for it. Whose right has ended meanwhile does not get it.

use crate::{error::HttpError, list_reader::ListReader, tenant::Tenant};
use actix_web::ResponseError;
use std::time::Duration;

/// How long what was judged is taken for granted, as for a stream.
const FRESH: Duration = Duration::from_secs(1);

/// Checks that the caller still may, if that was judged long ago. Where it cannot be found
/// out the answer stands: while the database is away it may be a stale one, which took its
/// time.
///
/// # Errors
///
/// What the caller would be refused with now.
pub(crate) async fn check_if_late(tenant: &Tenant) -> Result<(), HttpError> {
    if tenant.judged_at.elapsed() < FRESH {
        return Ok(());
    }
    match ListReader::in_tenant(tenant).check().await {
        Err(error) if !error.status_code().is_server_error() => Err(error),
        _ => Ok(()),
    }
}
