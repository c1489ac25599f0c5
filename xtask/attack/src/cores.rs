//! Which cores the attack and all that it starts run on.

use anyhow::Result;

/// How many cores the figures are of.
#[cfg(target_os = "linux")]
const CORES: usize = 2;

/// Keeps this thread, and all threads and programs that it starts, to the first
/// two cores there are.
#[cfg(target_os = "linux")]
pub(crate) fn stay_on_two() -> Result<()> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let all = sched_getaffinity(None)?;
    let mut chosen = CpuSet::new();
    let cores = (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core));
    cores.take(CORES).for_each(|core| chosen.set(core));
    Ok(sched_setaffinity(None, &chosen)?)
}

/// Fails: processor time and memory are read from Linux's `/proc`.
#[cfg(not(target_os = "linux"))]
pub(crate) fn stay_on_two() -> Result<()> {
    anyhow::bail!("the attack runs on Linux only")
}
