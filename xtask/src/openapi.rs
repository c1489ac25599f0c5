//! `cargo xtask openapi`: the description of the interface, beside the copies that are
//! kept in the tree. Tests make it and compare it, or write it.

use anyhow::Result;
use clap::Args;
use std::process::ExitCode;
use xtask_programs::{process, workspace::Workspace};

/// The variable that has the tests write what they would compare.
const ACCEPT: &str = "APIKEY_ACCEPT_DESCRIPTION";

/// What `cargo xtask openapi` takes.
#[derive(Args)]
pub(crate) struct Options {
    /// Writes the copies instead.
    #[arg(long)]
    accept: bool,
}

/// Compares the copies with what is served, or writes them.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let tests = || {
        let package = ["test", "--package", "apikey-http", "--test", "http"];
        workspace.cargo(&[&package[..], &["--", "description::"]].concat())
    };
    if options.accept {
        // The examples are compiled into what is served.
        for _ in ["examples", "description"] {
            process::succeed(tests().env(ACCEPT, ""))?;
        }
    }
    Ok(process::exit_code(process::status(&mut tests())?))
}
