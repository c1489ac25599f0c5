//! What is counted, in the text form of OpenMetrics.

use apikey_domain::verification::{Decision, Verdict};
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

/// What is counted. Names nobody and no key.
///
/// # Example
///
/// ```
/// let metrics = apikey_http::Metrics::new();
/// assert!(metrics.text().contains("apikey_verifications_total{code=\"Valid\"} 0"));
/// ```
pub struct Metrics {
    registry: Registry,
    verdicts: [Counter; Verdict::ALL.len()],
    unavailable: Counter,
    stale: Counter,
}

/// A figure that is read when it is asked for.
struct Figure<F> {
    name: &'static str,
    help: &'static str,
    kind: Kind,
    read: F,
}

/// How a figure moves.
enum Kind {
    /// Up and down.
    Gauge,
    /// Only up.
    Counter,
}

// === impl Metrics ===

impl Metrics {
    /// Nothing counted yet.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("apikey");
        let verifications = Family::<[(&str, &str); 1], Counter>::default();
        let counter = |code| verifications.get_or_create_owned(&[("code", code)]);
        let verdicts = Verdict::ALL.map(|verdict| counter(verdict.as_str()));
        let unavailable = counter("Unavailable");
        let help = "Keys that were verified, by what was decided";
        registry.register("verifications", help, verifications);
        let stale = Counter::default();
        let help = "Verifications that rest on what was known before the store was lost";
        registry.register("stale_verifications", help, stale.clone());
        Self {
            registry,
            verdicts,
            unavailable,
            stale,
        }
    }

    /// Adds a figure that `read` tells whenever the metrics are asked for.
    pub fn gauge(
        &mut self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        self.figure(name, help, Kind::Gauge, read);
    }

    /// Adds a count that `read` tells whenever the metrics are asked for.
    pub fn counter(
        &mut self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        self.figure(name, help, Kind::Counter, read);
    }

    /// All of it as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    fn figure(
        &mut self,
        name: &'static str,
        help: &'static str,
        kind: Kind,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        let figure = Figure {
            name,
            help,
            kind,
            read,
        };
        self.registry.register_collector(Box::new(figure));
    }

    /// Counts a verification; without a decision, one that could not be known.
    pub(crate) fn verified(&self, decision: Option<&Decision>) {
        let counter = decision.and_then(|decision| self.verdicts.get(decision.verdict as usize));
        counter.unwrap_or(&self.unavailable).inc();
        if decision.is_some_and(|decision| decision.is_stale) {
            self.stale.inc();
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: Fn() -> u64 + Send + Sync + 'static> Collector for Figure<F> {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let figure: Box<dyn EncodeMetric> = match self.kind {
            Kind::Gauge => Box::new(ConstGauge::new((self.read)())),
            Kind::Counter => Box::new(ConstCounter::new((self.read)())),
        };
        let kind = figure.metric_type();
        let metric = encoder.encode_descriptor(self.name, self.help, None, kind)?;
        figure.encode(metric)
    }
}

impl<F> std::fmt::Debug for Figure<F> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}
