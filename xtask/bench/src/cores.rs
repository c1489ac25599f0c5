//! Which core runs what: the server has one and the load another, so that
//! neither takes time from the other.

use anyhow::Result;

/// The cores of a measurement. Dropping it frees the load to run on all of them.
pub(crate) struct Cores {
    all: Vec<usize>,
    server: usize,
    load: usize,
}

// === impl Cores ===

impl Cores {
    /// Takes the first two cores there are and keeps the load to the second.
    pub(crate) fn take() -> Result<Self> {
        let all = allowed()?;
        let server = all.first().copied().unwrap_or_default();
        let load = all.get(1).copied().unwrap_or(server);
        pin_to(&[load])?;
        Ok(Self { all, server, load })
    }

    /// Returns which core runs what, in words.
    pub(crate) fn describe(&self) -> String {
        format!(
            "one worker on core {}, the load on core {}",
            self.server, self.load
        )
    }

    /// Starts a program that is kept to the server's core.
    pub(crate) fn on_servers<T>(&self, start: impl FnOnce() -> Result<T>) -> Result<T> {
        // A child is kept to the cores of the thread that starts it.
        pin_to(&[self.server])?;
        let started = start();
        pin_to(&[self.load])?;
        started
    }
}

impl Drop for Cores {
    fn drop(&mut self) {
        // Where it fails nothing but speed is lost.
        let _ = pin_to(&self.all);
    }
}

#[cfg(target_os = "linux")]
fn allowed() -> Result<Vec<usize>> {
    let set = rustix::thread::sched_getaffinity(None)?;
    let cores = 0..rustix::thread::CpuSet::MAX_CPU;
    Ok(cores.filter(|core| set.is_set(*core)).collect())
}

#[cfg(target_os = "linux")]
fn pin_to(cores: &[usize]) -> Result<()> {
    let mut set = rustix::thread::CpuSet::new();
    cores.iter().for_each(|core| set.set(*core));
    Ok(rustix::thread::sched_setaffinity(None, &set)?)
}

#[cfg(not(target_os = "linux"))]
fn allowed() -> Result<Vec<usize>> {
    anyhow::bail!("only Linux can keep a program to a core")
}

#[cfg(not(target_os = "linux"))]
fn pin_to(_: &[usize]) -> Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_let_go_again() {
        let before = allowed().unwrap();
        let cores = Cores::take().unwrap();
        assert_eq!(allowed().unwrap(), [cores.load]);
        let servers = cores.on_servers(allowed).unwrap();
        assert_eq!(servers, [cores.server]);
        drop(cores);
        assert_eq!(allowed().unwrap(), before);
    }
}
