//! What the servers use, second by second, and whether it stays.

use anyhow::Result;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{task::JoinHandle, time::sleep};
use xtask_harness::{
    lock::locked,
    usage::{connected_from, open_files, resident_megabytes},
};

const INTERVAL: Duration = Duration::from_secs(1);

/// By how many megabytes a server may grow in the time that is judged, by the line that fits
/// best to the least of each of [`SPANS`].
const GROWTH_LIMIT: f64 = 16.0;

/// For how long memory is looked at, at least, for its growth to be judged: in less, caches
/// still fill.
const JUDGED_SECONDS: f64 = 300.0;

/// Into how many spans that time is divided. Two passwords that are hashed take 38 MB for some
/// milliseconds, and a list that is written some more: what stays is seen at the least.
const SPANS: usize = 20;

/// By how many descriptors, or connections to PostgreSQL, the second half may be above the
/// most of the first.
const MORE_LIMIT: usize = 16;

/// What a process uses at a moment.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Instant,
    megabytes: f64,
    descriptors: usize,
}

/// Looks at processes until it is dropped.
pub(crate) struct UsageWatch {
    /// The processes that there are.
    pub(crate) processes: Arc<Mutex<Vec<u32>>>,
    samples: Arc<Mutex<BTreeMap<u32, Vec<Sample>>>>,
    connections: Arc<Mutex<Vec<(Instant, usize)>>>,
    task: JoinHandle<()>,
}

// === impl UsageWatch ===

impl UsageWatch {
    /// Begins with some processes, and PostgreSQL if there is one.
    pub(crate) fn start(processes: Vec<u32>, postgres: Option<SocketAddr>) -> Self {
        let processes = Arc::new(Mutex::new(processes));
        let samples = Arc::<Mutex<BTreeMap<u32, Vec<Sample>>>>::default();
        let connections = Arc::<Mutex<Vec<_>>>::default();
        let shared = (processes.clone(), samples.clone(), connections.clone());
        let task = tokio::spawn(async move {
            let (processes, samples, connections) = shared;
            loop {
                let now: Vec<u32> = locked(&processes).clone();
                for process in now {
                    // One that ends just now has no sample.
                    if let Ok(sample) = Sample::take(process) {
                        locked(&samples).entry(process).or_default().push(sample);
                    }
                }
                let open = postgres.and_then(|address| connected_from(address).ok());
                if let Some(open) = open {
                    locked(&connections).push((Instant::now(), open.len()));
                }
                sleep(INTERVAL).await;
            }
        });
        Self {
            processes,
            samples,
            connections,
            task,
        }
    }

    /// Returns lines on what was used from an instant on, and what of it is wrong. Only what
    /// lived since then is judged.
    pub(crate) fn judge(&self, from: Instant) -> (Vec<String>, Vec<String>) {
        let (mut lines, mut wrong) = (Vec::new(), Vec::new());
        for (process, samples) in locked(&self.samples).iter() {
            let judged: Vec<&Sample> = samples.iter().filter(|one| one.at >= from).collect();
            let (Some(first), Some(last)) = (judged.first(), judged.last()) else {
                continue;
            };
            let middle = judged[judged.len() / 2];
            let least = least_of_spans(&judged, from);
            let seconds = last.at.duration_since(first.at).as_secs_f64();
            let growth = slope(least.iter().copied()) * seconds;
            let most = judged.iter().map(|one| one.megabytes).fold(0.0, f64::max);
            let begun = samples.first().map_or(0.0, |one| one.megabytes);
            let of_half = |half: &[&Sample]| half.iter().map(|one| one.descriptors).max();
            let (early, late) = judged.split_at(judged.len() / 2);
            let descriptors = [early, late].map(|half| of_half(half).unwrap_or_default());
            lines.push(format!(
                "process {process}: {begun:.1} MB at its start; of {seconds:.0} s that are judged \
                 {:.1} MB at the start, {:.1} in the middle, {:.1} at the end, {most:.1} at most; \
                 the least of each of {} spans {}; the line that fits these grows by {growth:.1} MB (limit {GROWTH_LIMIT}); at most {} \
                 and then {} descriptors",
                first.megabytes, middle.megabytes, last.megabytes, least.len(), shown(&least),
                descriptors[0], descriptors[1],
            ));
            if growth > GROWTH_LIMIT && seconds >= JUDGED_SECONDS {
                wrong.push(format!(
                    "process {process} grows by {growth:.1} MB in {seconds:.0} s"
                ));
            }
            wrong.extend(is_more("descriptors of a server", descriptors));
        }
        let open = locked(&self.connections);
        let open: Vec<usize> = open
            .iter()
            .filter(|one| one.0 >= from)
            .map(|one| one.1)
            .collect();
        if !open.is_empty() {
            let (early, late) = open.split_at(open.len() / 2);
            let halves = [early, late].map(|half| half.iter().copied().max().unwrap_or_default());
            lines.push(format!(
                "connections to PostgreSQL: at most {}, then {}",
                halves[0], halves[1]
            ));
            wrong.extend(is_more("connections to PostgreSQL", halves));
        }
        (lines, wrong)
    }
}

impl Drop for UsageWatch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

// === impl Sample ===

impl Sample {
    fn take(process: u32) -> Result<Self> {
        Ok(Self {
            at: Instant::now(),
            megabytes: resident_megabytes(process)?,
            descriptors: open_files(process)?,
        })
    }
}

fn is_more(what: &str, [early, late]: [usize; 2]) -> Option<String> {
    (late > early + MORE_LIMIT).then(|| format!("{what}: {late} after {early}"))
}

/// Returns the least of each span, with the seconds at which it was seen.
fn least_of_spans(judged: &[&Sample], from: Instant) -> Vec<(f64, f64)> {
    let length = judged.len().div_ceil(SPANS).max(1);
    let spans = judged.chunks(length).filter_map(|span| {
        let least = span
            .iter()
            .min_by(|a, b| a.megabytes.total_cmp(&b.megabytes))?;
        let seconds = least.at.duration_since(from).as_secs_f64();
        Some((seconds, least.megabytes))
    });
    spans.collect()
}

fn shown(least: &[(f64, f64)]) -> String {
    let texts: Vec<_> = least.iter().map(|one| format!("{:.0}", one.1)).collect();
    texts.join(" ")
}

/// Returns by how much the line rises that fits points best (least squares).
fn slope(points: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let count = points.clone().count().max(1) as f64;
    let (x_sum, y_sum) = points
        .clone()
        .fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let (x_mean, y_mean) = (x_sum / count, y_sum / count);
    let products = points.clone().map(|(x, y)| (x - x_mean) * (y - y_mean));
    let squares = points.map(|(x, _)| (x - x_mean) * (x - x_mean));
    let (products, squares): (f64, f64) = (products.sum(), squares.sum());
    if squares > 0.0 {
        products / squares
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_fits_is_found_among_noise() {
        let flat = (0..100).map(|x| (f64::from(x), 50.0 + f64::from(x % 2)));
        assert!(slope(flat).abs() < 0.01);
        let leak = (0..100).map(|x| (f64::from(x), 50.0 + f64::from(x) / 4.0 + f64::from(x % 3)));
        assert!((slope(leak) - 0.25).abs() < 0.01);
        assert!(slope([(1.0, 2.0)].into_iter()).abs() < 1e-9);
    }

    #[test]
    fn what_is_taken_for_a_moment_is_no_growth() {
        let from = Instant::now();
        let sample = |second: u32, megabytes: f64| Sample {
            at: from + Duration::from_secs(second.into()),
            megabytes,
            descriptors: 1,
        };
        let growth = |megabytes: fn(u32) -> f64| {
            let samples: Vec<_> = (0..200).map(|at| sample(at, megabytes(at))).collect();
            let judged: Vec<_> = samples.iter().collect();
            slope(least_of_spans(&judged, from).into_iter()) * 200.0
        };
        let peaks = |at: u32| {
            80.0 + if at > 100 && !at.is_multiple_of(3) {
                40.0
            } else {
                0.0
            }
        };
        assert!(growth(peaks).abs() < 0.01);
        let leak = |at: u32| 80.0 + f64::from(at) / 10.0 + f64::from(at % 3) * 20.0;
        assert!((growth(leak) - 20.0).abs() < 1.0);
    }

    #[test]
    fn more_and_more_is_found() {
        assert_eq!(is_more("x", [10, 26]), None);
        assert!(is_more("x", [10, 27]).is_some());
    }
}
