//! `cargo xtask promtool`: the alerts, checked and tested by Prometheus's own tool.

use anyhow::Result;
use std::process::Command;
use xtask_programs::{process, promtool, workspace::Workspace};

/// Where the alerts are.
const FOLDER: &str = "docs/observability";
const ALERTS: &str = "alerts.yml";
const TESTS: &str = "alerts.test.yml";

/// Checks the alerts, and runs their tests.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let program = promtool::find_or_install(workspace)?;
    for arguments in [["check", "rules", ALERTS], ["test", "rules", TESTS]] {
        let mut command = Command::new(&program);
        let folder = workspace.root().join(FOLDER);
        process::succeed(command.args(arguments).current_dir(folder))?;
    }
    Ok(())
}
