//! Which core runs what: the server has one and the load another, so that
//! neither takes time from the other.

use anyhow::Result;

/// The cores of a measurement. Dropping it frees xtask to run on all of them.
pub(super) struct Cores {
    all: Vec<usize>,
    server: Vec<usize>,
    load: Vec<usize>,
}

// === impl Cores ===

impl Cores {
    /// Takes the first two cores there are and keeps xtask to the second.
    pub(super) fn take() -> Result<Self> {
        let all = allowed()?;
        let (server, load) = match all.as_slice() {
            [server, load, ..] => (vec![*server], vec![*load]),
            _ => (all.clone(), all.clone()),
        };
        keep_to(&load)?;
        Ok(Self { all, server, load })
    }

    /// Says which core runs what.
    pub(super) fn describe(&self) -> String {
        match (self.server.as_slice(), self.load.as_slice()) {
            ([server], [load]) if server != load => {
                format!("one worker on core {server}, the load on core {load}")
            }
            ([_], [_]) => "one worker, and the load on the same core: there is no other".to_owned(),
            _ => "one worker, kept to no core: that needs Linux".to_owned(),
        }
    }

    /// Starts a program that is kept to the server's core.
    pub(super) fn on_servers<T>(&self, start: impl FnOnce() -> Result<T>) -> Result<T> {
        // A child is kept to the cores of the thread that starts it.
        keep_to(&self.server)?;
        let started = start();
        keep_to(&self.load)?;
        started
    }
}

impl Drop for Cores {
    fn drop(&mut self) {
        // Where it fails nothing but speed is lost.
        let _ = keep_to(&self.all);
    }
}

#[cfg(target_os = "linux")]
fn allowed() -> Result<Vec<usize>> {
    let set = rustix::thread::sched_getaffinity(None)?;
    let cores = 0..rustix::thread::CpuSet::MAX_CPU;
    Ok(cores.filter(|core| set.is_set(*core)).collect())
}

#[cfg(target_os = "linux")]
fn keep_to(cores: &[usize]) -> Result<()> {
    let mut set = rustix::thread::CpuSet::new();
    for core in cores {
        set.set(*core);
    }
    Ok(rustix::thread::sched_setaffinity(None, &set)?)
}

#[cfg(not(target_os = "linux"))]
fn allowed() -> Result<Vec<usize>> {
    Ok(Vec::new())
}

#[cfg(not(target_os = "linux"))]
fn keep_to(_: &[usize]) -> Result<()> {
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
        assert_eq!(allowed().unwrap(), cores.load);
        let servers = cores.on_servers(allowed).unwrap();
        assert_eq!(servers, cores.server);
        assert_eq!(allowed().unwrap(), cores.load);
        drop(cores);
        assert_eq!(allowed().unwrap(), before);
    }
}
