//! The machine that the figures are of.

use std::fmt;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;
use crate::workspace::Workspace;

/// The machine that the figures are of; displayed as the head of a report.
pub(super) struct Machine {
    cores: usize,
    processor: String,
    kernel: String,
    file_system: String,
    load: String,
    rustc: String,
    commit: String,
}

// === impl Machine ===

impl Machine {
    /// Looks at the machine and at what the server is built from.
    pub(super) fn describe(workspace: &Workspace) -> Result<Self> {
        let folder = std::env::temp_dir();
        let mounts = system_file("/proc/mounts")?;
        let commit = process::output(&mut workspace.git(&["describe", "--always", "--dirty"]));
        Ok(Self {
            cores: std::thread::available_parallelism()?.get(),
            processor: processor(&system_file("/proc/cpuinfo")?),
            kernel: system_file("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            file_system: file_system(&mounts, &folder.to_string_lossy()),
            load: system_file("/proc/loadavg")?
                .split(' ')
                .next()
                .unwrap_or_default()
                .to_owned(),
            rustc: process::output(Command::new("rustc").arg("--version"))?
                .trim()
                .to_owned(),
            // A copy without its history can be measured too.
            commit: commit.map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned()),
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "{} cores of {}, Linux {}, databases on {}, load {} at the start",
            self.cores, self.processor, self.kernel, self.file_system, self.load
        )?;
        write!(formatter, "{}, commit {}", self.rustc, self.commit)
    }
}

/// Reads a file in which Linux tells of itself.
pub(super) fn system_file(path: &str) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {path}: the bench needs Linux"))
}

/// Finds the processor's name in the text of `/proc/cpuinfo`; not every
/// architecture tells one.
fn processor(cpuinfo: &str) -> String {
    cpuinfo
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == "model name")
        .map_or_else(
            || std::env::consts::ARCH.to_owned(),
            |(_, name)| name.trim().to_owned(),
        )
}

/// Finds the kind of file system of a folder in the text of `/proc/mounts`: a
/// commit costs nothing on one in memory.
fn file_system(mounts: &str, folder: &str) -> String {
    mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            Some((words.next()?, words.next()?))
        })
        .filter(|(point, _)| is_within(folder, point))
        .max_by_key(|(point, _)| point.len())
        .map_or_else(|| "unknown".to_owned(), |(_, kind)| kind.to_owned())
}

fn is_within(folder: &str, point: &str) -> bool {
    folder
        .strip_prefix(point.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named_as_it_names_itself() {
        let cpuinfo = "processor\t: 0\nmodel name\t: AMD EPYC\n\nmodel name\t: other\n";
        assert_eq!(processor(cpuinfo), "AMD EPYC");
        assert_eq!(processor("processor\t: 0\n"), std::env::consts::ARCH);
    }

    #[test]
    fn the_innermost_file_system_is_the_one() {
        let mounts = "/dev/vda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\nx /tmp/deep xfs rw 0 0\n";
        assert_eq!(file_system(mounts, "/tmp"), "tmpfs");
        assert_eq!(file_system(mounts, "/tmp/deep/er"), "xfs");
        assert_eq!(file_system(mounts, "/tmpfiles"), "ext4");
        assert_eq!(file_system("", "/tmp"), "unknown");
    }
}
