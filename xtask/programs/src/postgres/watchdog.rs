//! The shell that owns the cluster's processes and folder.

use crate::{interruption, postgres::account::Account, process};
use anyhow::{Context, Result, bail};
use std::{
    fmt::Display,
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

/// The file in the cluster's folder that all its programs write to.
pub(super) const LOG: &str = "log";

const SCRIPT: &str = include_str!("watchdog.sh");

/// How long the way down may take.
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// How often a wait looks for an interruption.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The running shell; dropping it takes the cluster down and waits for that.
pub(super) struct Watchdog {
    shell: Child,
    /// The pipe whose end means that the cluster must go.
    orders: Option<ChildStdin>,
    answers: Receiver<String>,
    folder: PathBuf,
}

// === impl Watchdog ===

impl Watchdog {
    /// Starts the shell, which begins to create a cluster in the folder: an empty
    /// one, or a copy of the one whose server listens on a port.
    ///
    /// The shell has a process group of its own, so that Ctrl-C reaches xtask
    /// and not the server below the tests' feet.
    pub(super) fn start(
        programs: &Path,
        folder: &Path,
        account: Option<&Account>,
        primary: Option<u16>,
    ) -> Result<Self> {
        let mut command = Command::new("sh");
        command
            .args(["-c", SCRIPT, "watchdog"])
            .args([programs, folder])
            .args(primary.map(|port| port.to_string()))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        if let Some(account) = account {
            command.uid(account.user).gid(account.group);
        }
        let mut shell = command.spawn().context("cannot run the watchdog's shell")?;
        let orders = shell.stdin.take();
        let output = shell.stdout.take().context("the shell has no output")?;
        Ok(Self {
            shell,
            orders,
            answers: read_lines(output),
            folder: folder.to_owned(),
        })
    }

    /// Gives the shell a port to start the server on, or one of the words that the
    /// script explains, and returns whether that succeeded.
    pub(super) fn order(&mut self, line: impl Display, limit: Duration) -> Result<bool> {
        let orders = self.orders.as_mut().context("the watchdog was stopped")?;
        writeln!(orders, "{line}").context("the watchdog has ended")?;
        self.answer(limit)
    }

    /// Waits for the cluster's creation, or the last order, and returns whether it
    /// succeeded.
    pub(super) fn answer(&self, limit: Duration) -> Result<bool> {
        let deadline = Instant::now() + limit;
        loop {
            interruption::check()?;
            match self.answers.recv_timeout(POLL_INTERVAL) {
                Ok(status) => return Ok(status == "0"),
                Err(RecvTimeoutError::Disconnected) => bail!("the watchdog has ended"),
                Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
                Err(RecvTimeoutError::Timeout) => bail!("no answer in {} s", limit.as_secs()),
            }
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.orders = None;
        let ended = process::wait_at_most(&mut self.shell, STOP_LIMIT);
        if !matches!(ended, Ok(Some(_))) {
            eprintln!(
                "xtask: PostgreSQL in {} does not stop: process {} is left behind",
                self.folder.display(),
                self.shell.id()
            );
        }
    }
}

/// Hands on the lines of a pipe, so that a wait for one can end.
fn read_lines(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Nobody may wait any more.
            let _ = sender.send(line);
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    const LIMIT: Duration = Duration::from_secs(20);
    const INITDB: &str = "mkdir \"$2\"";
    const PG_CTL: &str = "echo \"$@\" >>\"$(dirname \"$0\")/calls\"";

    /// Writes programs that stand in for PostgreSQL's.
    ///
    /// A shell writes them: a file that this process itself has open for
    /// writing could not be run when another test forks at that moment.
    fn programs(initdb: &str, pg_ctl: &str) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, body) in [("initdb", initdb), ("pg_ctl", pg_ctl)] {
            let write = "printf '#!/bin/sh\\n%s\\n' \"$1\" >\"$2\" && chmod +x \"$2\"";
            let status = Command::new("sh")
                .args(["-c", write, "write", body])
                .arg(folder.path().join(name))
                .status()
                .unwrap();
            assert!(status.success());
        }
        folder
    }

    fn cluster_folder() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("settings.conf"), "port = 1\n").unwrap();
        folder
    }

    #[test]
    fn the_end_of_the_owner_stops_the_server_and_removes_the_folder() {
        let programs = programs(INITDB, PG_CTL);
        let folder = cluster_folder();
        let mut watchdog = Watchdog::start(programs.path(), folder.path(), None, None).unwrap();
        assert!(watchdog.answer(LIMIT).unwrap());
        let settings = fs::read_to_string(folder.path().join("data/postgresql.conf")).unwrap();
        assert_eq!(settings, "port = 1\n");
        for line in ["4711", "stop", "4711"] {
            assert!(watchdog.order(line, LIMIT).unwrap());
        }
        drop(watchdog);

        assert!(!folder.path().exists());
        let calls = fs::read_to_string(programs.path().join("calls")).unwrap();
        let calls: Vec<&str> = calls.lines().collect();
        assert_eq!(calls.len(), 4, "{calls:?}");
        for pair in calls.chunks(2) {
            assert!(pair[0].starts_with("start") && pair[0].ends_with("-p 4711"));
            assert!(pair[1].starts_with("stop") && pair[1].contains("--mode immediate"));
        }
    }

    #[test]
    fn another_port_can_be_tried_after_a_failure() {
        let programs = programs(INITDB, "case \"$*\" in *'-p 1') exit 1;; esac");
        let folder = cluster_folder();
        let mut watchdog = Watchdog::start(programs.path(), folder.path(), None, None).unwrap();
        assert!(watchdog.answer(LIMIT).unwrap());
        assert!(!watchdog.order(1, LIMIT).unwrap());
        assert!(watchdog.order(2, LIMIT).unwrap());
    }

    #[test]
    fn a_failed_creation_is_logged_and_a_wait_for_it_ends() {
        let programs = programs("sleep 1; echo no room >&2; exit 1", PG_CTL);
        let folder = cluster_folder();
        let watchdog = Watchdog::start(programs.path(), folder.path(), None, None).unwrap();
        let error = watchdog.answer(Duration::ZERO).unwrap_err();
        assert!(error.to_string().contains("no answer"), "{error}");
        assert!(!watchdog.answer(LIMIT).unwrap());
        let log = fs::read_to_string(folder.path().join(LOG)).unwrap();
        assert!(log.contains("no room"), "{log}");
    }
}
