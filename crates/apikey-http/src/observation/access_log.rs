//! The line of a request in the log.

use super::{caller::CallerIds, method::MethodName, route::RouteTemplate};
use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    http::header::HeaderValue,
};
use bytes::Bytes;
use std::{
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

/// Of which requests there is a line in the log. A line has no key, no password, no query
/// and nothing of a body.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_http::AccessLog::default(), apikey_http::AccessLog::Management);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccessLog {
    /// Of none.
    Off,
    /// Of all but verifications, probes and the metrics; of these if the answer is 5xx.
    #[default]
    Management,
    /// Of all.
    All,
}

/// What is known of a request when its line is written.
#[derive(Debug)]
pub(crate) struct AccessLine {
    pub(crate) method: MethodName,
    pub(crate) route: RouteTemplate,
    pub(crate) began: Instant,
    pub(crate) request_id: Option<HeaderValue>,
    pub(crate) caller: CallerIds,
    pub(crate) trace_id: Option<String>,
}

/// A stream of which the line is written when it ends.
pub(crate) struct Logged {
    body: BoxBody,
    status: u16,
    line: AccessLine,
}

// === impl AccessLog ===

impl AccessLog {
    /// Returns whether there is a line of each request to this route.
    pub(crate) fn has_each(self, route: RouteTemplate) -> bool {
        match self {
            Self::Off => false,
            Self::Management => !route.is_frequent(),
            Self::All => true,
        }
    }

    /// Returns whether there is a line of a request to this route that is answered so.
    pub(crate) fn has(self, route: RouteTemplate, status: u16) -> bool {
        self.has_each(route) || (self == Self::Management && status >= 500)
    }
}

// === impl AccessLine ===

impl AccessLine {
    /// Writes the line. A request that has no status was given up by its client.
    pub(crate) fn write(&self, status: Option<u16>) {
        let request_id = self.request_id.as_ref();
        let request_id = request_id.and_then(|id| id.to_str().ok());
        let CallerIds { user_id, key_id } = self.caller;
        tracing::info!(
            target: "apikey_http::access",
            method = self.method.as_str(),
            route = self.route.as_str(),
            status,
            duration_ms = milliseconds(self.began.elapsed()),
            request_id,
            user_id,
            key_id,
            trace_id = self.trace_id.as_deref(),
            "request"
        );
    }
}

/// Returns a duration in milliseconds, to the microsecond.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

// === impl Logged ===

impl Logged {
    /// Returns a body as it is. Its line is written when it is dropped.
    pub(crate) fn body(body: BoxBody, status: u16, line: AccessLine) -> BoxBody {
        BoxBody::new(Self { body, status, line })
    }
}

impl MessageBody for Logged {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        self.line.write(Some(self.status));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifications_and_probes_have_a_line_only_if_they_fail_or_all_have_one() {
        let routes = ["/auth/verify", "/token-auth", "/livez", "/metrics"];
        for route in routes.map(RouteTemplate::of) {
            for (log, ok, failed) in [
                (AccessLog::Off, false, false),
                (AccessLog::Management, false, true),
                (AccessLog::All, true, true),
            ] {
                assert_eq!(log.has(route, 200), ok, "{route:?}");
                assert_eq!(log.has(route, 401), ok, "{route:?}");
                assert_eq!(log.has(route, 503), failed, "{route:?}");
            }
        }
        for route in ["/v2/api-keys", "/v2/api-keys/7", "/nowhere"].map(RouteTemplate::of) {
            assert!(AccessLog::Management.has(route, 200), "{route:?}");
            assert!(!AccessLog::Off.has(route, 500), "{route:?}");
        }
    }
}
