//! What processes use, as the kernel counts it.

use anyhow::{Context, Result};
use procfs_core::{
    ExplicitSystemInfo, FromRead, FromReadSI, KernelStats,
    process::{Stat, Status},
};
use rustix::param::clock_ticks_per_second;
use std::fmt::Display;

/// Returns the seconds of processor time since the start of the machine, of server
/// processes and of this one, which is the load.
pub(crate) fn processor_times(servers: &[u32]) -> Result<[f64; 3]> {
    let of_servers = servers.iter().map(process_time).sum::<Result<_>>()?;
    Ok([machine_time()?, of_servers, process_time("self")?])
}

/// Returns the memory of a process that is in RAM, in megabytes of 1,024 × 1,024
/// bytes.
pub(crate) fn resident_megabytes(process: u32) -> Result<f64> {
    let status = Status::from_file(format!("/proc/{process}/status"))?;
    Ok(status.vmrss.context("a process without VmRSS")? as f64 / 1024.0)
}

fn process_time(process: impl Display) -> Result<f64> {
    let stat = Stat::from_file(format!("/proc/{process}/stat"))?;
    Ok((stat.utime + stat.stime) as f64 / clock_ticks_per_second() as f64)
}

/// Returns the time in which cores were neither idle nor waiting for a disk.
fn machine_time() -> Result<f64> {
    let system = ExplicitSystemInfo {
        boot_time_secs: 0,
        ticks_per_second: clock_ticks_per_second(),
        page_size: 0,
        is_little_endian: cfg!(target_endian = "little"),
    };
    let total = KernelStats::from_file("/proc/stat", &system)?.total;
    let others = [total.irq, total.softirq, total.steal];
    let others: u64 = others.into_iter().flatten().sum();
    let ticks = total.user + total.nice + total.system + others;
    Ok(ticks as f64 / clock_ticks_per_second() as f64)
}
