//! What a process uses, as `/proc` tells it.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::bench::machine::system_file;

/// Processor time since the machine's or a process's start.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProcessorTimes {
    /// Of all that runs on the machine.
    pub(super) machine: Duration,
    /// Of the server.
    pub(super) server: Duration,
    /// Of xtask itself.
    pub(super) own: Duration,
}

// === impl ProcessorTimes ===

impl ProcessorTimes {
    /// Reads the clocks.
    pub(super) fn now(server: u32) -> Result<Self> {
        Ok(Self {
            machine: machine_time()?,
            server: process_time(&server.to_string())?,
            own: process_time("self")?,
        })
    }

    /// Gives the time used since an earlier reading.
    pub(super) fn since(self, earlier: Self) -> Self {
        Self {
            machine: self.machine.saturating_sub(earlier.machine),
            server: self.server.saturating_sub(earlier.server),
            own: self.own.saturating_sub(earlier.own),
        }
    }
}

/// Gives the memory of a process that lies in RAM, in kilobytes of 1,024 bytes.
pub(super) fn resident_kilobytes(process: u32) -> Result<u64> {
    let path = format!("/proc/{process}/status");
    kilobytes(&system_file(&path)?, "VmRSS").with_context(|| format!("no VmRSS in {path}"))
}

/// Gives the most memory of a process that ever lay in RAM, in kilobytes.
pub(super) fn peak_kilobytes(process: u32) -> Result<u64> {
    let path = format!("/proc/{process}/status");
    kilobytes(&system_file(&path)?, "VmHWM").with_context(|| format!("no VmHWM in {path}"))
}

fn process_time(process: &str) -> Result<Duration> {
    let path = format!("/proc/{process}/stat");
    let ticks =
        process_ticks(&system_file(&path)?).with_context(|| format!("no times in {path}"))?;
    Ok(duration(ticks))
}

fn machine_time() -> Result<Duration> {
    let ticks = busy_ticks(&system_file("/proc/stat")?).context("no times in /proc/stat")?;
    Ok(duration(ticks))
}

fn duration(ticks: u64) -> Duration {
    let each = 1_000_000 / rustix::param::clock_ticks_per_second().max(1);
    Duration::from_micros(ticks * each)
}

/// Finds user and system time in the text of `/proc/PID/stat`. The program's
/// name, in brackets, may hold anything.
fn process_ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut times = after_name.split(' ').skip(11);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some(user + system)
}

/// Adds up the times in the text of `/proc/stat` in which a core was at work:
/// all but the fourth and fifth, idle and waiting for a disk, and the last two,
/// which are counted in others.
fn busy_ticks(stat: &str) -> Option<u64> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let times: Option<Vec<u64>> = line
        .split_whitespace()
        .take(8)
        .map(|word| word.parse().ok())
        .collect();
    let times = times?;
    Some(times.iter().take(3).chain(times.iter().skip(5)).sum())
}

/// Finds a field in the text of `/proc/PID/status`.
fn kilobytes(status: &str, name: &str) -> Option<u64> {
    status
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| *key == name)
        .and_then(|(_, value)| value.trim().strip_suffix(" kB")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_a_process_come_after_its_name() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 100 200 0 0 30 12 5 6 20 0 4 0 99";
        assert_eq!(process_ticks(stat), Some(42));
        assert_eq!(process_ticks("7 (a) S 1"), None);
    }

    #[test]
    fn idle_cores_are_not_at_work() {
        assert_eq!(
            busy_ticks("cpu  1 2 4 1000 1000 8 16 32 0 0\ncpu0 1\n"),
            Some(63)
        );
        assert_eq!(busy_ticks("intr 1\n"), None);
    }

    #[test]
    fn memory_is_found_by_the_name_of_its_field() {
        let status = "Name:\tx\nVmHWM:\t   30 kB\nVmRSS:\t   20 kB\n";
        assert_eq!(kilobytes(status, "VmRSS"), Some(20));
        assert_eq!(kilobytes(status, "VmHWM"), Some(30));
        assert_eq!(kilobytes(status, "VmSwap"), None);
    }

    #[test]
    fn this_process_has_used_something() {
        let own = std::process::id();
        assert!(resident_kilobytes(own).unwrap() > 100);
        assert!(peak_kilobytes(own).unwrap() >= resident_kilobytes(own).unwrap());
        let times = ProcessorTimes::now(own).unwrap();
        assert!(times.machine >= times.own);
    }
}
