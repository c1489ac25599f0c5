//! Runs other programs and never leaves them running.

use crate::interruption::{self, Interrupted};
use anyhow::{Context, Result, bail};
pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process, kill_process_group};
use std::{
    io::stderr,
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Child, Command, ExitCode, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How long an interrupted program may take to end before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// Runs a program to its end, with xtask's own output.
///
/// The program gets a process group of its own: an interruption of xtask ends
/// it with all that it started, however the signal came. As a background group
/// it must not read the terminal, so its input is empty.
pub fn status(command: &mut Command) -> Result<ExitStatus> {
    let shown = display(command);
    let mut child = command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot run `{shown}`"))?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if let Err(interrupted) = interruption::check() {
            end_group(&mut child)?;
            return Err(interrupted.into());
        }
        thread::sleep(POLL_INTERVAL);
    }
}

/// Runs a program like [`status`] and demands its success.
pub fn succeed(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    if !status.success() {
        bail!("`{}` failed: {status}", display(command));
    }
    Ok(())
}

/// Runs a program like [`succeed`], whose words go to standard error: the standard
/// output may be read by a shell.
pub fn succeed_on_stderr(command: &mut Command) -> Result<()> {
    succeed(command.stdout(stderr()))
}

/// Runs a short program and returns what it printed.
pub fn output(command: &mut Command) -> Result<String> {
    let shown = display(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run `{shown}`"))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("`{shown}` failed: {}\n{}", output.status, complaint.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` printed no UTF-8"))
}

/// Waits for a child for a limited time and returns its status, or nothing when
/// it is still running then.
pub fn wait_at_most(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        thread::sleep(POLL_INTERVAL);
    }
}

/// Sends a child a signal.
pub fn signal(child: &Child, signal: Signal) -> Result<()> {
    kill_process(Pid::from_child(child), signal).context("a process takes no signal")
}

/// Returns the exit code of a program that ended with a status.
pub fn exit_code(status: ExitStatus) -> ExitCode {
    if let Some(signal) = status.signal() {
        return signal_exit_code(signal);
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Prints why a command failed and returns its exit code; of an interruption, that
/// of its signal.
pub fn report(command: &str, error: &anyhow::Error) -> ExitCode {
    eprintln!("{command}: {error:#}");
    let interrupted = error.downcast_ref::<Interrupted>();
    interrupted.map_or(ExitCode::FAILURE, |interrupted| {
        signal_exit_code(interrupted.signal)
    })
}

/// Returns the exit code of a program that a signal ended, as a shell has it.
fn signal_exit_code(signal: i32) -> ExitCode {
    u8::try_from(128 + signal).map_or(ExitCode::FAILURE, ExitCode::from)
}

fn end_group(child: &mut Child) -> Result<()> {
    let group = Pid::from_child(child);
    // A group that is gone already is what is wanted, so the result is moot.
    let _ = kill_process_group(group, Signal::TERM);
    if wait_at_most(child, GRACE)?.is_none() {
        let _ = kill_process_group(group, Signal::KILL);
        child.wait()?;
    }
    Ok(())
}

fn display(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn the_exit_code_is_that_of_the_program_or_of_its_signal() {
        for (script, code) in [("exit 7", 7), ("kill -KILL $$", 137)] {
            let status = status(&mut shell(script)).unwrap();
            assert_eq!(exit_code(status), ExitCode::from(code));
        }
    }

    #[test]
    fn a_failure_shows_the_command_and_the_complaint() {
        let error = output(&mut shell("echo no such luck >&2; exit 1")).unwrap_err();
        assert!(error.to_string().contains("no such luck"), "{error}");
        let error = succeed(&mut shell("exit 3")).unwrap_err().to_string();
        assert!(error.contains("`sh -c exit 3` failed"), "{error}");
    }

    #[test]
    fn ending_a_group_ends_the_children_of_the_child() {
        let mut child = shell("sleep 300 & sleep 300")
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let group = Pid::from_child(&child);
        end_group(&mut child).unwrap();
        let deadline = Instant::now() + GRACE;
        while rustix::process::test_kill_process_group(group).is_ok() {
            assert!(Instant::now() < deadline, "the group is still there");
            thread::sleep(POLL_INTERVAL);
        }
    }
}
