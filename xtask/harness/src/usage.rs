//! What processes use, as the kernel counts it, and may use.

use anyhow::{Context, Result};
use procfs_core::{
    ExplicitSystemInfo, FromBufReadSI, FromRead, FromReadSI, KernelStats,
    net::{TcpNetEntries, TcpNetEntry, TcpState},
    process::{Stat, Status},
};
use rustix::{
    param::clock_ticks_per_second,
    process::{Pid, Resource, Rlimit, getrlimit, prlimit, setrlimit},
};
use std::{
    fmt::Display,
    fs::File,
    io::BufReader,
    net::{IpAddr, SocketAddr},
};

/// Returns the seconds of processor time since the start of the machine, of server
/// processes and of this one, which is the load.
pub fn processor_times(servers: &[u32]) -> Result<[f64; 3]> {
    let of_servers = servers.iter().map(process_time).sum::<Result<_>>()?;
    Ok([machine_time()?, of_servers, process_time("self")?])
}

/// Returns the memory of a process that is in RAM, in megabytes of 1,024 × 1,024
/// bytes.
pub fn resident_megabytes(process: u32) -> Result<f64> {
    let status = Status::from_file(format!("/proc/{process}/status"))?;
    Ok(status.vmrss.context("a process without VmRSS")? as f64 / 1024.0)
}

/// Returns how many descriptors a process has open.
pub fn open_files(process: u32) -> Result<usize> {
    Ok(std::fs::read_dir(format!("/proc/{process}/fd"))?.count())
}

/// Returns from where those connections come that a server has accepted at an
/// address and not closed.
pub fn connected_from(address: SocketAddr) -> Result<Vec<IpAddr>> {
    let table = BufReader::new(File::open("/proc/net/tcp")?);
    let TcpNetEntries(entries) = TcpNetEntries::from_buf_read(table, &system())?;
    // What no process has, because it was closed or is not accepted yet, has no
    // inode.
    let is_open = |entry: &TcpNetEntry| {
        entry.local_address == address && entry.inode != 0 && entry.state != TcpState::Listen
    };
    let open = entries.into_iter().filter(is_open);
    Ok(open.map(|entry| entry.remote_address.ip()).collect())
}

/// Raises the limit of open files of this process, which servers inherit.
pub fn allow_many_files() -> Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    Ok(setrlimit(Resource::Nofile, limit)?)
}

/// Sets how large a file that a process writes may become, in bytes.
pub fn limit_files(process: u32, bytes: Option<u64>) -> Result<()> {
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    let process = process.context("this is no number of a process")?;
    let limit = Rlimit {
        current: bytes,
        maximum: None,
    };
    prlimit(Some(process), Resource::Fsize, limit)?;
    Ok(())
}

/// Returns the seconds of processor time that a process, or `self`, has taken.
pub fn process_time(process: impl Display) -> Result<f64> {
    let stat = Stat::from_file(format!("/proc/{process}/stat"))?;
    Ok((stat.utime + stat.stime) as f64 / clock_ticks_per_second() as f64)
}

/// Returns the time in which cores were neither idle nor waiting for a disk.
fn machine_time() -> Result<f64> {
    let total = KernelStats::from_file("/proc/stat", &system())?.total;
    let others = [total.irq, total.softirq, total.steal];
    let others: u64 = others.into_iter().flatten().sum();
    let ticks = total.user + total.nice + total.system + others;
    Ok(ticks as f64 / clock_ticks_per_second() as f64)
}

fn system() -> ExplicitSystemInfo {
    ExplicitSystemInfo {
        boot_time_secs: 0,
        ticks_per_second: clock_ticks_per_second(),
        page_size: 0,
        is_little_endian: cfg!(target_endian = "little"),
    }
}
