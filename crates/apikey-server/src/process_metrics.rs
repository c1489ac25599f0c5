//! What the system knows of this process, by the names that every program uses.

use apikey_domain::{port::clock::Clock, system::SystemClock};
use apikey_http::Metrics;
use rustix::{
    param::page_size,
    time::{ClockId, clock_gettime},
};
use std::fs;

/// Adds the metrics of the process. On other systems than Linux some of them are 0.
pub fn add(metrics: &mut Metrics, started_at_seconds: f64) {
    let help = "When the process started, in seconds since 1970";
    metrics.common_measure("process_start_time_seconds", help, move || {
        started_at_seconds
    });
    let help = "Time of processors that the process took, in seconds";
    metrics.common_total("process_cpu_seconds", help, cpu_seconds);
    let help = "Memory of the process that is not swapped out";
    metrics.common_measure("process_resident_memory_bytes", help, resident_bytes);
    let help = "Files that are open, connections among them";
    metrics.common_measure("process_open_fds", help, open_files);
    let help = "Files that may be open";
    metrics.common_measure("process_max_fds", help, most_files);
}

/// Returns the time, in seconds since 1970.
pub fn now_in_seconds() -> f64 {
    let microseconds = SystemClock.now().microseconds();
    std::time::Duration::from_micros(microseconds.unsigned_abs()).as_secs_f64()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a process does not run for so long"
)]
fn cpu_seconds() -> f64 {
    let taken = clock_gettime(ClockId::ProcessCPUTime);
    taken.tv_sec as f64 + taken.tv_nsec as f64 / 1e9
}

fn resident_bytes() -> f64 {
    let pages = fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<u32>().ok());
    f64::from(pages.unwrap_or(0)) * page_bytes()
}

fn page_bytes() -> f64 {
    u32::try_from(page_size()).map_or(0.0, f64::from)
}

fn open_files() -> f64 {
    let open = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    // Not the folder itself.
    u32::try_from(open.saturating_sub(1)).map_or(0.0, f64::from)
}

#[expect(clippy::cast_precision_loss, reason = "no system has so many files")]
fn most_files() -> f64 {
    rlimit::Resource::NOFILE
        .get()
        .map_or(0.0, |(soft, _)| soft as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_files_and_time() {
        assert!(cpu_seconds() > 0.0);
        assert!(most_files() >= 1.0);
        if cfg!(target_os = "linux") {
            assert!(resident_bytes() > 100_000.0);
            let before = open_files();
            let _more: Vec<_> = (0..20).map(|_| fs::File::open("/proc/self/stat")).collect();
            assert!(open_files() >= before + 10.0);
        }
    }
}
