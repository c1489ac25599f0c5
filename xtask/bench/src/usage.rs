//! What processes use, as the kernel counts it.

use std::fmt::Display;
use std::time::Duration;

use anyhow::{Context, Result};
use procfs_core::process::{Stat, Status};
use procfs_core::{ExplicitSystemInfo, FromRead, FromReadSI, KernelStats};
use rustix::param::clock_ticks_per_second;

/// Processor time since the machine's or a process's start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProcessorTimes {
    /// Of everything that runs on the machine.
    pub(crate) machine: Duration,
    /// Of the servers.
    pub(crate) servers: Duration,
    /// Of this process, which is the load.
    pub(crate) load: Duration,
}

// === impl ProcessorTimes ===

impl ProcessorTimes {
    /// Reads the clocks of the machine and of the servers' processes.
    pub(crate) fn now(servers: &[u32]) -> Result<Self> {
        Ok(Self {
            machine: machine_time()?,
            servers: servers.iter().map(process_time).sum::<Result<_>>()?,
            load: process_time("self")?,
        })
    }

    /// Returns the time used since an earlier reading.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            machine: self.machine.saturating_sub(earlier.machine),
            servers: self.servers.saturating_sub(earlier.servers),
            load: self.load.saturating_sub(earlier.load),
        }
    }
}

/// Returns the memory of a process that is in RAM, in megabytes of 1,024 × 1,024
/// bytes.
pub(crate) fn resident_megabytes(process: u32) -> Result<f64> {
    let kilobytes = status(process)?.vmrss.context("a process without VmRSS")?;
    Ok(kilobytes as f64 / 1024.0)
}

/// Returns the most memory of a process that ever was in RAM, in megabytes.
pub(crate) fn peak_megabytes(process: u32) -> Result<f64> {
    let kilobytes = status(process)?.vmhwm.context("a process without VmHWM")?;
    Ok(kilobytes as f64 / 1024.0)
}

fn status(process: u32) -> Result<Status> {
    Ok(Status::from_file(format!("/proc/{process}/status"))?)
}

fn process_time(process: impl Display) -> Result<Duration> {
    let stat = Stat::from_file(format!("/proc/{process}/stat"))?;
    Ok(ticks(stat.utime + stat.stime))
}

/// Returns the time in which cores were neither idle nor waiting for a disk.
fn machine_time() -> Result<Duration> {
    let system = ExplicitSystemInfo {
        boot_time_secs: 0,
        ticks_per_second: clock_ticks_per_second(),
        page_size: 0,
        is_little_endian: cfg!(target_endian = "little"),
    };
    let total = KernelStats::from_file("/proc/stat", &system)?.total;
    let others = [total.irq, total.softirq, total.steal];
    let others: u64 = others.into_iter().flatten().sum();
    Ok(ticks(total.user + total.nice + total.system + others))
}

fn ticks(count: u64) -> Duration {
    Duration::from_micros(count * 1_000_000 / clock_ticks_per_second().max(1))
}
