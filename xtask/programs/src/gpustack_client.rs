//! GPUStack's own Python client, from its wheel, with what it imports.

use crate::{
    environment,
    gpustack_wheel::{self, REQUIREMENT as WHEEL},
    process,
    workspace::Workspace,
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The variable that names a Python that can import the client.
pub const PYTHON: &str = "APIKEY_TEST_GPUSTACK_PYTHON";

/// What the client imports, with versions.
const REQUIREMENTS: &str = "crates/apikey-server/tests/server/gpustack_client/requirements.txt";

/// Imports what the test does.
const IMPORT: &str = "import gpustack.client.generated_user_client";

/// Returns a Python that can import the client: the one that the variable names, or else one
/// below `target/gpustack-client`, where the wheel is installed if it is not there.
///
/// # Errors
///
/// If it cannot be installed: then PyPI cannot be reached, or Python has no `venv`.
pub fn find_or_install(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(named) = environment::variable(PYTHON) {
        return Ok(named.into());
    }
    let requirements = workspace.root().join(REQUIREMENTS);
    let folder = workspace.root().join("target/gpustack-client");
    let python = folder.join("bin/python");
    // Written last: what was interrupted, or is of other versions, is made anew.
    let (done, wanted) = (folder.join("installed"), wanted(&requirements)?);
    if fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) && imports(&python) {
        return Ok(python);
    }
    eprintln!("GPUStack's client is missing: installing {WHEEL}");
    let mut venv = Command::new("python3");
    process::succeed_on_stderr(venv.args(["-m", "venv", "--clear"]).arg(&folder))?;
    let pip = || {
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet"])
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
        pip
    };
    process::succeed_on_stderr(pip().arg("--requirement").arg(&requirements))?;
    // With its dependencies it is a whole inference server.
    let wheel = gpustack_wheel::find_or_download(workspace)?;
    process::succeed_on_stderr(pip().arg("--no-deps").arg(wheel))?;
    if !imports(&python) {
        bail!("{WHEEL} was installed, but cannot be imported: does {REQUIREMENTS} lack something?");
    }
    fs::write(&done, wanted).context("cannot note what was installed")?;
    Ok(python)
}

fn wanted(requirements: &Path) -> Result<String> {
    let text = fs::read_to_string(requirements);
    let text = text.with_context(|| format!("cannot read {}", requirements.display()))?;
    Ok(format!("{WHEEL}\n{text}"))
}

fn imports(python: &Path) -> bool {
    process::output(Command::new(python).args(["-c", IMPORT])).is_ok()
}
