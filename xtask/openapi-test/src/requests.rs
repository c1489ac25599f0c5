//! Requests that schemathesis makes from the description, and what it says of the answers.

use crate::{caller::Caller, options::Options, world::World};
use anyhow::{Context, Result, bail, ensure};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use xtask_harness::request::Credentials;
use xtask_programs::{process, python_package::PythonPackage, workspace::Workspace};

const SCHEMATHESIS: PythonPackage = PythonPackage {
    name: "schemathesis",
    version: "4.32.5",
    program: "schemathesis",
};

/// What is not checked, with the reasons.
const CONFIGURATION: &str = "xtask/openapi-test/schemathesis.toml";

/// The variable that has the principal to act for.
const ORGANIZATION: &str = "APIKEY_TEST_ORGANIZATION";

/// For how many seconds each caller makes requests in the short form.
const SHORT_SECONDS: u64 = 5;

/// With fewer requests than this a run would prove little.
const FEWEST: u64 = 100;

/// How requests are made.
pub(crate) struct Requests {
    program: PathBuf,
    configuration: PathBuf,
    /// For how long they are made.
    seconds: u64,
    /// Whether only a few of each kind are.
    short: bool,
    /// What they are made from.
    seed: Option<u64>,
}

// === impl Requests ===

impl Requests {
    /// Finds the program that makes them, or installs it.
    pub(crate) fn prepare(workspace: &Workspace, options: &Options) -> Result<Self> {
        Ok(Self {
            program: SCHEMATHESIS.find_or_install(&workspace.root().join("target/tools"))?,
            configuration: workspace.root().join(CONFIGURATION),
            seconds: match options.short {
                true => SHORT_SECONDS,
                false => options.seconds,
            },
            short: options.short,
            seed: options.seed,
        })
    }

    /// Makes requests as a caller, and returns how many. What is found goes to a file.
    pub(crate) fn make(&self, world: &World, caller: Caller, log: &Path) -> Result<u64> {
        let mut command = self.command(world, caller);
        let file = File::create(log)?;
        command.stdout(file.try_clone()?).stderr(Stdio::from(file));
        let status = process::status(&mut command)?;
        let found = fs::read_to_string(log)?;
        if !status.success() {
            println!("{found}");
            bail!("schemathesis found something: {}", log.display());
        }
        let made = made(&found).with_context(|| format!("no summary in {}", log.display()))?;
        ensure!(made >= FEWEST, "only {made} requests were made");
        Ok(made)
    }

    fn command(&self, world: &World, caller: Caller) -> Command {
        let url = world.url();
        let mut command = Command::new(&self.program);
        command.arg("--config-file").arg(&self.configuration);
        command.args(["run", &format!("{url}/openapi.json"), "--url", &url]);
        command.args(["--max-time", &self.seconds.to_string()]);
        command.args([
            "--request-timeout",
            "15",
            "--continue-on-failure",
            "--no-color",
        ]);
        command.args(["--workers", "1", "--warnings", "off"]);
        if self.short {
            command.args(["--phases", "examples,coverage"]);
        }
        if let Some(seed) = self.seed {
            command.args(["--seed", &seed.to_string()]);
        }
        if let Some(checks) = caller.excluded_checks() {
            command.args(["--exclude-checks", checks]);
        }
        match caller.credentials(&world.key) {
            Credentials::None => {}
            Credentials::Key(key) => {
                command.args(["--header", &format!("Authorization: Bearer {key}")]);
            }
            Credentials::Password(name, password) => {
                command.args(["--auth", &format!("{name}:{password}")]);
            }
        }
        let organization = match caller {
            Caller::OrganizationAdmin => &world.organization,
            _ => "",
        };
        command.env(ORGANIZATION, organization);
        // It keeps what failed before beside where it is started.
        command.current_dir(self.program.parent().unwrap_or(Path::new(".")));
        command
    }
}

/// Returns how many requests a run made, by its summary.
fn made(summary: &str) -> Option<u64> {
    let line = summary.lines().find(|line| line.contains(" generated"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_requests_is_read() {
        let summary = "Test cases:\n  5512 generated, 5512 passed\n\nSeed: 2865\n";
        assert_eq!(made(summary), Some(5_512));
        assert_eq!(made("No tests"), None);
    }
}
