//! Requests that schemathesis makes from the description, and what it says of the answers.

use crate::{caller::Caller, options::Options, world::World};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
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

/// The parameters that no request is made with, or one value only; the tests of apikey-http
/// have them.
const LEFT_OUT: [&str; 3] = [
    // A stream has no end.
    "watch",
    // Numbers that it takes from answers would be its value, and its client writes texts only.
    "X-Request-Id",
    // Whoever calls acts for one principal: nearly any other number is refused before all
    // else. An empty one counts as absent, and with a key it is ignored.
    "X-Organization-Id",
];

/// For how many seconds each caller makes requests in the short form.
const SHORT_SECONDS: u64 = 120;

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
    pub(crate) fn make(
        &self,
        (world, description): (&World, Value),
        caller: Caller,
        folder: &Path,
    ) -> Result<u64> {
        let log = folder.join("schemathesis.log");
        let file = folder.join("openapi.json");
        fs::write(&file, without_parameters(description).to_string())?;
        let mut command = self.command(world, caller, &file);
        let log = log.as_path();
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

    fn command(&self, world: &World, caller: Caller, description: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--config-file").arg(&self.configuration);
        command.arg("run").arg(description);
        command.args(["--url", &world.url()]);
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
        match caller.credentials(&world.key) {
            Credentials::None => {}
            Credentials::Key(key) => {
                command.args(["--header", &format!("Authorization: Bearer {key}")]);
            }
            Credentials::Password(name, password) => {
                command.args(["--auth", &format!("{name}:{password}")]);
            }
        }
        if caller == Caller::OrganizationAdmin {
            let header = format!("X-Organization-Id: {}", world.organization);
            command.args(["--header", &header]);
        }
        // It keeps what failed before beside where it is started.
        command.current_dir(self.program.parent().unwrap_or(Path::new(".")));
        command
    }
}

/// Returns a description whose operations lack the parameters that are left out.
fn without_parameters(mut description: Value) -> Value {
    let paths = description["paths"].as_object_mut();
    let operations = paths.into_iter().flat_map(|paths| paths.values_mut());
    let operations = operations.filter_map(Value::as_object_mut);
    for operation in operations.flat_map(|methods| methods.values_mut()) {
        if let Some(parameters) = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
        {
            let name = |one: &Value| one["name"].as_str().unwrap_or_default().to_owned();
            parameters.retain(|one| !LEFT_OUT.contains(&&*name(one)));
        }
    }
    description
}

/// Returns how many requests a run made, by its summary.
fn made(summary: &str) -> Option<u64> {
    let line = summary.lines().find(|line| line.contains(" generated"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parameters_are_left_out() {
        let described = json!({"paths": {"/": {"get": {"parameters": [
            {"name": "page"}, {"name": "watch"},
        ]}}}});
        let expected = json!({"paths": {"/": {"get": {"parameters": [{"name": "page"}]}}}});
        assert_eq!(without_parameters(described), expected);
    }

    #[test]
    fn the_number_of_requests_is_read() {
        let summary = "Test cases:\n  5512 generated, 5512 passed\n\nSeed: 2865\n";
        assert_eq!(made(summary), Some(5_512));
        assert_eq!(made("No tests"), None);
    }
}
