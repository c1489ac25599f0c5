//! `cargo xtask console-test`: GPUStack's own console, in Chromium, before a server.
//!
//! The files of the console are those of GPUStack's package, a web server serves them and
//! rewrites nothing, and the test clicks and types as a person does. After each step it
//! asks the server what it holds now. Whatever the page complains about fails the test.

mod account;
mod chromium;
mod drawer;
mod keys;
mod options;
mod page;
mod spot;
mod stage;
mod table;
mod troubles;
mod users;
mod visitor;

use crate::{
    options::Options,
    stage::{Programs, Stage},
    visitor::Visitor,
};
use anyhow::{Context, Result};
use clap::Parser;
use reqwest::Method;
use serde_json::json;
use std::{fs, path::Path, process::ExitCode, time::Instant};
use xtask_harness::{
    database::Kind,
    server::{ADMIN, ADMIN_PASSWORD},
};
use xtask_programs::{interruption, process, workspace::Workspace};

/// Where pictures and logs are stored, below the root of the workspace.
const ARTIFACTS: &str = "target/console-test";

/// Where the console of a platform admin leads first, and that of anyone else.
const FIRST_OF_ADMIN: &str = "/dashboard";
const FIRST_OF_USER: &str = "/models/user-models";

/// A user without rights.
const ALICE: (&str, &str) = ("alice", "Passw0rd_1");

fn main() -> ExitCode {
    match perform(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => process::report("console test", &error),
    }
}

fn perform(options: &Options) -> Result<()> {
    interruption::watch()?;
    let workspace = Workspace::locate()?;
    let programs = Programs::find_or_install(&workspace, options.server.as_deref())?;
    let artifacts = workspace.root().join(ARTIFACTS);
    if artifacts.exists() {
        fs::remove_dir_all(&artifacts)?;
    }
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let started = Instant::now();
        let folder = artifacts.join(kind.to_string().to_lowercase());
        fs::create_dir_all(&folder)?;
        test(&programs, kind, &folder)
            .with_context(|| format!("on {kind}; pictures are in {}", folder.display()))?;
        let seconds = started.elapsed().as_secs_f64();
        println!("console test: the console works on {kind}, {seconds:.0} s");
    }
    Ok(())
}

fn test(programs: &Programs, kind: Kind, folder: &Path) -> Result<()> {
    let stage = Stage::start(programs, kind, folder)?;
    let (name, password) = ALICE;
    let user = json!({"username": name, "password": password});
    stage.tell(Method::POST, "/v2/users", &user, ADMIN)?;

    let mut alice = Visitor::arrive(&stage, programs, folder, ALICE)?;
    alice.sign_in(FIRST_OF_USER)?;
    keys::try_out(&mut alice)?;
    account::change_password(&mut alice)?;
    alice.sign_out()?;
    alice.sign_in(FIRST_OF_USER)?;
    drop(alice);

    let mut admin = Visitor::arrive(&stage, programs, folder, ("admin", ADMIN_PASSWORD))?;
    admin.sign_in(FIRST_OF_ADMIN)?;
    admin.want_no_cluster()?;
    users::try_out(&mut admin)?;
    account::change_password(&mut admin)?;
    keys::try_out(&mut admin)?;
    admin.sign_out()
}
