//! How long things took, counted by many threads at once.

use prometheus_client::encoding::{EncodeLabelSet, MetricEncoder};
use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};

/// The most bounds that there may be.
const MOST_BOUNDS: usize = 20;

/// Over how many places the threads are spread that count much.
pub(super) const MANY: usize = 8;

/// A histogram. Threads that count at the same time do so at different places, so that none
/// waits for another one's processor.
pub(super) struct Latencies {
    /// The upper bounds of the buckets, in seconds, from the lowest on.
    bounds: &'static [f64],
    stripes: Box<[Stripe]>,
}

/// What some of the threads counted. Two of them share no line of a processor's cache.
#[derive(Default)]
#[repr(align(128))]
struct Stripe {
    /// How many were in each bucket, and last those beyond all of them.
    counts: [AtomicU64; MOST_BOUNDS + 1],
    nanoseconds: AtomicU64,
}

// === impl Latencies ===

impl Latencies {
    /// Returns a histogram with nothing in it; `stripes` is at least 1.
    pub(super) fn new(bounds: &'static [f64], stripes: usize) -> Self {
        Self {
            bounds: &bounds[..bounds.len().min(MOST_BOUNDS)],
            stripes: (0..stripes.max(1)).map(|_| Stripe::default()).collect(),
        }
    }

    /// Counts something that took so long.
    pub(super) fn record(&self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let bucket = self.bounds.iter().position(|bound| seconds <= *bound);
        let bucket = bucket.unwrap_or(self.bounds.len());
        let Some(stripe) = self.stripes.get(thread_number() % self.stripes.len()) else {
            return;
        };
        if let Some(count) = stripe.counts.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        stripe.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Writes the histogram, with labels or without.
    pub(super) fn encode(
        &self,
        metric: &mut MetricEncoder<'_>,
        labels: Option<&impl EncodeLabelSet>,
    ) -> std::fmt::Result {
        let bounds = self.bounds.iter().copied().chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> = bounds
            .enumerate()
            .map(|(index, bound)| (bound, self.sum(|stripe| &stripe.counts[index])))
            .collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let seconds = Duration::from_nanos(self.sum(|stripe| &stripe.nanoseconds)).as_secs_f64();
        match labels {
            None => metric.encode_histogram::<[(&str, &str); 0]>(seconds, count, &buckets, None),
            Some(labels) => metric
                .encode_family(labels)?
                .encode_histogram::<[(&str, &str); 0]>(seconds, count, &buckets, None),
        }
    }

    fn sum(&self, of: impl Fn(&Stripe) -> &AtomicU64) -> u64 {
        let counts = self.stripes.iter().map(of);
        counts.fold(0, |sum, count| {
            sum.wrapping_add(count.load(Ordering::Relaxed))
        })
    }
}

/// Returns the number of the calling thread among those that have counted.
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    NUMBER.with(|number| {
        if number.get() == usize::MAX {
            // Wraps long before it could be that of a thread which has none.
            number.set(NEXT.fetch_add(1, Ordering::Relaxed) % (usize::MAX / 2));
        }
        number.get()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn what_all_threads_count_is_added_up_in_the_right_buckets() {
        let latencies = Arc::new(Latencies::new(&[0.001, 0.01], 3));
        let threads = (0..8).map(|_| {
            let latencies = Arc::clone(&latencies);
            std::thread::spawn(move || {
                for microseconds in [0, 1_000, 1_001, 10_000, 10_001, 99_999_999] {
                    latencies.record(Duration::from_micros(microseconds));
                }
            })
        });
        let threads: Vec<_> = threads.collect();
        for thread in threads {
            thread.join().unwrap();
        }
        let counts = [0, 1, 2].map(|index| latencies.sum(|stripe| &stripe.counts[index]));
        assert_eq!(counts, [16, 16, 16]);
        let nanoseconds = latencies.sum(|stripe| &stripe.nanoseconds);
        assert_eq!(nanoseconds, 8 * 100_022_001_000);
    }
}
