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
mod signing_in;
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
    request::Credentials,
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
        if options.database.is_some_and(|only| only != kind) {
            continue;
        }
        let started = Instant::now();
        let folder = artifacts.join(kind.to_string().to_lowercase());
        fs::create_dir_all(&folder)?;
        let is_whole = kind == Kind::Sqlite || !options.short;
        test(&programs, kind, &folder, is_whole)
            .with_context(|| format!("on {kind}; pictures are in {}", folder.display()))?;
        let seconds = started.elapsed().as_secs_f64();
        println!("console test: the console works on {kind}, {seconds:.0} s");
    }
    Ok(())
}

/// Does everything, or only what a user without rights does with keys.
fn test(programs: &Programs, kind: Kind, folder: &Path, is_whole: bool) -> Result<()> {
    let stage = Stage::start(programs, kind, folder)?;
    let (name, password) = ALICE;
    let user = json!({"username": name, "password": password});
    stage.tell(Method::POST, "/v2/users", &user, ADMIN)?;
    as_user(&stage, programs, folder, is_whole)?;
    if is_whole {
        signing_in::deactivated(&stage, programs, folder, ADMIN)?;
        signing_in::with_old_password(&stage, programs, folder, ADMIN)?;
        as_platform_admin(&stage, programs, folder)?;
    }
    Ok(())
}

fn as_user(stage: &Stage, programs: &Programs, folder: &Path, is_whole: bool) -> Result<()> {
    let mut alice = Visitor::arrive(stage, programs, folder, ALICE)?;
    signing_in::with_wrong_password(&mut alice)?;
    alice.sign_in(FIRST_OF_USER)?;
    keys::try_out(&mut alice)?;
    if is_whole {
        account::change_password(&mut alice)?;
        alice.sign_out()?;
        alice.sign_in(FIRST_OF_USER)?;
    }
    alice.sign_out()
}

fn as_platform_admin(stage: &Stage, programs: &Programs, folder: &Path) -> Result<()> {
    let by = ("admin", ADMIN_PASSWORD);
    let mut admin = Visitor::arrive(stage, programs, folder, by)?;
    admin.sign_in(FIRST_OF_ADMIN)?;
    admin.want_no_cluster()?;
    keys::try_out(&mut admin)?;
    let (alice, password) = (ALICE.0, account::changed(ALICE.1));
    keys::filter_by_creator(&mut admin, Credentials::Password(alice, &password))?;
    users::try_out(&mut admin)?;
    account::change_password(&mut admin)?;
    admin.sign_out()
}
