//! Metrics in the text format of OpenMetrics.

use apikey_domain::verification::{Decision, Reason};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric, text::encode},
    metrics::{
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::ConstGauge,
    },
    registry::Registry,
};

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
    registry: Registry,
    valid: Counter,
    refused: [Counter; Reason::ALL.len()],
    unavailable: Counter,
    stale: Counter,
}

/// A metric whose value is read when the metrics are requested.
struct Callback<F> {
    name: &'static str,
    help: &'static str,
    kind: Kind,
    read: F,
}

/// How the value changes.
enum Kind {
    /// Up and down.
    Gauge,
    /// Only up.
    Counter,
}

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
        Self {
            registry,
            valid,
            refused,
            unavailable,
            stale,
        }
    }

    /// Adds a gauge. Its value is read each time the metrics are requested.
    pub fn gauge(
        &mut self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        self.callback(name, help, Kind::Gauge, read);
    }

    /// Adds a counter. Its value is read each time the metrics are requested.
    pub fn counter(
        &mut self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        self.callback(name, help, Kind::Counter, read);
    }

    /// Returns all metrics as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    fn callback(
        &mut self,
        name: &'static str,
        help: &'static str,
        kind: Kind,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        let callback = Callback {
            name,
            help,
            kind,
            read,
        };
        self.registry.register_collector(Box::new(callback));
    }

    /// Counts a verification; `None` is one that failed.
    pub(crate) fn verified(&self, decision: Option<&Decision>) {
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

impl<F: Fn() -> u64 + Send + Sync + 'static> Collector for Callback<F> {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let value: Box<dyn EncodeMetric> = match self.kind {
            Kind::Gauge => Box::new(ConstGauge::new((self.read)())),
            Kind::Counter => Box::new(ConstCounter::new((self.read)())),
        };
        let kind = value.metric_type();
        let metric = encoder.encode_descriptor(self.name, self.help, None, kind)?;
        value.encode(metric)
    }
}

impl<F> std::fmt::Debug for Callback<F> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}
