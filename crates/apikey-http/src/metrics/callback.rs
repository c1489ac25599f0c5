//! Metrics whose values are read when the metrics are requested.

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
};

/// A metric whose value is read when the metrics are requested.
pub(super) struct Callback {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) value: Read,
}

/// How a value changes, and how it is read.
pub(super) enum Read {
    /// Up and down.
    Gauge(Box<dyn Fn() -> u64 + Send + Sync>),
    /// Up and down, in parts of a unit.
    Measure(Box<dyn Fn() -> f64 + Send + Sync>),
    /// Only up.
    Counter(Box<dyn Fn() -> u64 + Send + Sync>),
    /// Only up, in parts of a unit.
    Total(Box<dyn Fn() -> f64 + Send + Sync>),
}

impl Collector for Callback {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let value: Box<dyn EncodeMetric> = match &self.value {
            Read::Gauge(read) => Box::new(ConstGauge::new(read())),
            Read::Measure(read) => Box::new(ConstGauge::new(read())),
            Read::Counter(read) => Box::new(ConstCounter::new(read())),
            Read::Total(read) => Box::new(ConstCounter::new(read())),
        };
        let kind = value.metric_type();
        let metric = encoder.encode_descriptor(self.name, self.help, None, kind)?;
        value.encode(metric)
    }
}

impl std::fmt::Debug for Callback {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}
