//! Metrics in the text format of OpenMetrics.

pub(crate) mod access;
mod callback;
mod latencies;
pub(crate) mod limit;
mod request_latencies;

use crate::observation::{method::MethodName, route::RouteTemplate};
use apikey_domain::verification::{Decision, Reason};
use callback::{Callback, Read};
use latencies::{Latencies, MANY};
use limit::Limit;
use prometheus_client::{
    collector::Collector,
    encoding::{
        DescriptorEncoder,
        text::{encode_eof, encode_registry},
    },
    metrics::{MetricType, counter::Counter, family::Family, info::Info},
    registry::Registry,
};
use request_latencies::RequestLatencies;
use std::{sync::Arc, time::Duration};

/// The code of a key that may be used.
pub(crate) const VALID: &str = "Valid";

/// The metrics. None of them names a user or a key.
///
/// # Example
///
/// ```
/// let metrics = apikey_http::Metrics::new();
/// assert!(metrics.text().contains("apikey_verifications_total{code=\"Valid\"} 0"));
/// ```
pub struct Metrics {
    /// What is this service's own, with its name before each.
    registry: Registry,
    /// What every service has, by the names that it has everywhere.
    common: Registry,
    valid: Counter,
    refused: [Counter; Reason::ALL.len()],
    unavailable: Counter,
    stale: Counter,
    limits: [Counter; Limit::ALL.len()],
    requests: RequestLatencies,
    verifications: VerificationLatencies,
}

/// The buckets of the time that verifications take, in seconds: those that OpenTelemetry
/// advises for requests, and some below, because a key in memory takes microseconds.
const VERIFICATION_BOUNDS: [f64; 19] = [
    0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5,
    0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// How long it took to decide about keys. Clones share one state.
#[derive(Clone)]
struct VerificationLatencies(Arc<Latencies>);

// === impl Metrics ===

impl Metrics {
    /// Creates the metrics, with all counters at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("apikey");
        let verifications = Family::<[(&str, &str); 1], Counter>::default();
        let counter = |code| verifications.get_or_create_owned(&[("code", code)]);
        let valid = counter(VALID);
        let refused = Reason::ALL.map(|reason| counter(reason.as_str()));
        let unavailable = counter("Unavailable");
        let help = "Keys that were verified, by what was decided";
        registry.register("verifications", help, verifications);
        let stale = Counter::default();
        let help = "Verifications that rest on what was known before the store was lost";
        registry.register("stale_verifications", help, stale.clone());
        let limits = Family::<[(&str, &str); 1], Counter>::default();
        let counters =
            Limit::ALL.map(|limit| limits.get_or_create_owned(&[("limit", limit.as_str())]));
        let help = "Requests that were refused at a limit of a user, an organization or a network";
        registry.register("limits_reached", help, limits);
        let latencies = Latencies::new(&VERIFICATION_BOUNDS, MANY);
        let verifications = VerificationLatencies(Arc::new(latencies));
        registry.register_collector(Box::new(verifications.clone()));
        let mut common = Registry::default();
        let requests = RequestLatencies::new();
        common.register_collector(Box::new(requests.clone()));
        Self {
            registry,
            common,
            valid,
            refused,
            unavailable,
            stale,
            limits: counters,
            requests,
            verifications,
        }
    }

    /// Adds a gauge. Its value is read each time the metrics are requested.
    pub fn gauge(
        &mut self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        let value = Read::Gauge(Box::new(read));
        let callback = Callback { name, help, value };
        self.registry.register_collector(Box::new(callback));
    }

    /// Adds a gauge of parts of a unit, such as seconds.
    pub fn measure(
        &mut self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> f64 + Send + Sync + 'static,
    ) {
        let value = Read::Measure(Box::new(read));
        let callback = Callback { name, help, value };
        self.registry.register_collector(Box::new(callback));
    }

    /// Adds a counter. Its value is read each time the metrics are requested.
    pub fn counter(
        &mut self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        let value = Read::Counter(Box::new(read));
        let callback = Callback { name, help, value };
        self.registry.register_collector(Box::new(callback));
    }

    /// Adds a gauge that every program has, by its name alone: `process_open_fds`.
    pub fn common_measure(
        &mut self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> f64 + Send + Sync + 'static,
    ) {
        let value = Read::Measure(Box::new(read));
        let callback = Callback { name, help, value };
        self.common.register_collector(Box::new(callback));
    }

    /// Adds a counter that every program has, by its name alone: `process_cpu_seconds`.
    pub fn common_total(
        &mut self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> f64 + Send + Sync + 'static,
    ) {
        let value = Read::Total(Box::new(read));
        let callback = Callback { name, help, value };
        self.common.register_collector(Box::new(callback));
    }

    /// Adds which build is running.
    pub fn build(&mut self, version: &'static str, commit: &'static str) {
        let info = Info::new([("version", version), ("commit", commit)]);
        self.registry
            .register("build", "The build that is running", info);
    }

    /// Returns all metrics as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode_registry(&mut text, &self.registry);
        let _ = encode_registry(&mut text, &self.common);
        let _ = encode_eof(&mut text);
        text
    }

    /// Counts a request that is answered.
    pub(crate) fn answered(
        &self,
        method: MethodName,
        route: RouteTemplate,
        status: u16,
        duration: Duration,
    ) {
        self.requests.record(method, route, status, duration);
    }

    /// Counts a request that is refused at a limit.
    pub(crate) fn limited(&self, limit: Limit) {
        if let Some(counter) = self.limits.get(limit as usize) {
            counter.inc();
        }
    }

    /// Counts a verification that took so long; `None` is one that failed.
    pub(crate) fn verified(&self, decision: Option<&Decision>, duration: Duration) {
        self.verifications.0.record(duration);
        let (counter, is_stale) = match decision {
            Some(Ok(verified)) => (Some(&self.valid), verified.is_stale()),
            Some(Err(refused)) => {
                let counter = self.refused.get(refused.reason() as usize);
                (counter, refused.is_stale())
            }
            None => (None, false),
        };
        counter.unwrap_or(&self.unavailable).inc();
        if is_stale {
            self.stale.inc();
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

// === impl VerificationLatencies ===

impl Collector for VerificationLatencies {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let mut metric = encoder.encode_descriptor(
            "verification_duration_seconds",
            "How long it took to decide about keys, without the delay of refusals",
            None,
            MetricType::Histogram,
        )?;
        self.0.encode(&mut metric, None::<&[(&str, &str); 0]>)
    }
}

impl std::fmt::Debug for VerificationLatencies {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("VerificationLatencies")
    }
}
