//! Which core runs what: the server has one and the load another, so that
//! neither takes time from the other.

use anyhow::Result;
use std::{panic::resume_unwind, thread};

/// Runs work on a thread that is kept to a core, as all programs are that it
/// starts.
pub(crate) fn on_core<T: Send>(core: usize, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    on_cores(&[core], work)
}

/// Runs work on a thread that is kept to some cores, as above.
pub(crate) fn on_cores<T: Send>(
    cores: &[usize],
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    let work = || {
        stay_on(cores)?;
        work()
    };
    let done = thread::scope(|scope| scope.spawn(work).join());
    done.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Returns the first two cores there are, or the only one twice.
#[cfg(target_os = "linux")]
pub(crate) fn first_two() -> Result<(usize, usize)> {
    let set = rustix::thread::sched_getaffinity(None)?;
    let mut cores = (0..rustix::thread::CpuSet::MAX_CPU).filter(|core| set.is_set(*core));
    let first = cores.next().unwrap_or_default();
    Ok((first, cores.next().unwrap_or(first)))
}

#[cfg(target_os = "linux")]
fn stay_on(cores: &[usize]) -> Result<()> {
    let mut set = rustix::thread::CpuSet::new();
    cores.iter().for_each(|core| set.set(*core));
    Ok(rustix::thread::sched_setaffinity(None, &set)?)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn first_two() -> Result<(usize, usize)> {
    anyhow::bail!("only Linux can keep a program to a core")
}

#[cfg(not(target_os = "linux"))]
fn stay_on(_: &[usize]) -> Result<()> {
    Ok(())
}
