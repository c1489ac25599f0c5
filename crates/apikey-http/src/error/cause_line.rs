//! The line of a cause in the log.

use actix_web::http::header::HeaderValue;

/// Why a request could not be answered. Its line is written when this is dropped, so once and
/// always: with the id of the request if whoever observes requests has said it until then.
#[derive(Debug)]
pub(crate) struct CauseLine {
    cause: String,
    is_temporary: bool,
    request_id: Option<HeaderValue>,
}

// === impl CauseLine ===

impl CauseLine {
    /// Returns the line of a cause with those below it. A temporary one is a warning.
    pub(super) fn new(cause: String, is_temporary: bool) -> Self {
        Self {
            cause,
            is_temporary,
            request_id: None,
        }
    }

    /// Writes the line of a request that has an id.
    pub(crate) fn write_for(mut self, request_id: Option<HeaderValue>) {
        self.request_id = request_id;
    }
}

impl Drop for CauseLine {
    fn drop(&mut self) {
        let cause = &self.cause;
        let request_id = self.request_id.as_ref().and_then(|id| id.to_str().ok());
        if self.is_temporary {
            tracing::warn!(target: "apikey_http::error", cause, request_id, "unavailable");
        } else {
            tracing::error!(target: "apikey_http::error", cause, request_id, "internal error");
        }
    }
}
