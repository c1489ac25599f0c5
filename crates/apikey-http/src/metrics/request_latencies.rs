//! How long requests took, by method, route and class of status.

use super::latencies::{Latencies, MANY};
use crate::observation::{method::MethodName, route::RouteTemplate};
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder, metrics::MetricType};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// The buckets that OpenTelemetry advises for the duration of HTTP requests, in seconds.
const BOUNDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// The classes of statuses, by their first digits.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// A histogram for each method, route and class of status that was ever answered. There are
/// no more than this, whatever is asked for. Clones share one state.
#[derive(Clone)]
pub(super) struct RequestLatencies(Arc<[OnceLock<Latencies>]>);

// === impl RequestLatencies ===

impl RequestLatencies {
    pub(super) fn new() -> Self {
        let all = MethodName::COUNT * RouteTemplate::COUNT * CLASSES.len();
        Self((0..all).map(|_| OnceLock::new()).collect())
    }

    /// Counts a request.
    pub(super) fn record(
        &self,
        method: MethodName,
        route: RouteTemplate,
        status: u16,
        duration: Duration,
    ) {
        let class = usize::from(status / 100).clamp(1, CLASSES.len()) - 1;
        let row = method.index() * RouteTemplate::COUNT + route.index();
        if let Some(cell) = self.0.get(row * CLASSES.len() + class) {
            let stripes = if route.is_verification() { MANY } else { 1 };
            let latencies = cell.get_or_init(|| Latencies::new(&BOUNDS, stripes));
            latencies.record(duration);
        }
    }
}

impl Collector for RequestLatencies {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let mut metric = encoder.encode_descriptor(
            "http_server_request_duration_seconds",
            "How long requests took until their answers began",
            None,
            MetricType::Histogram,
        )?;
        for (index, cell) in self.0.iter().enumerate() {
            let Some(latencies) = cell.get() else {
                continue;
            };
            let (row, class) = (index / CLASSES.len(), index % CLASSES.len());
            let (method, route) = (row / RouteTemplate::COUNT, row % RouteTemplate::COUNT);
            let labels = [
                ("method", MethodName::name_at(method)),
                ("route", RouteTemplate::text_at(route)),
                ("status", CLASSES[class]),
            ];
            latencies.encode(&mut metric, Some(&labels))?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for RequestLatencies {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RequestLatencies")
    }
}
