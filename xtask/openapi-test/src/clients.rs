//! Clients that others' programs generate from the description: that they compile, and that
//! one of them works.

use crate::{caller::Caller, world::World};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use xtask_harness::request::Credentials;
use xtask_programs::{process, workspace::Workspace};

/// What is beside the code of this package.
const OWN: &str = "xtask/openapi-test/clients";

/// What is generated from.
const DESCRIPTION: &str = "docs/openapi.json";

/// The packages that make and compile the TypeScript.
const NODE_PACKAGES: [&str; 2] = ["openapi-typescript@7.13.0", "typescript@5.9.3"];

/// The files and folders of this part.
pub(crate) struct Clients {
    own: PathBuf,
    description: PathBuf,
    tools: PathBuf,
}

// === impl Clients ===

impl Clients {
    /// Returns those of a workspace.
    pub(crate) fn of(workspace: &Workspace) -> Self {
        let root = workspace.root();
        Self {
            own: root.join(OWN),
            description: root.join(DESCRIPTION),
            tools: root.join("target/tools"),
        }
    }

    /// Makes and checks a client in Python below a folder, and lets it use a server.
    pub(crate) fn python(&self, world: &World, folder: &Path) -> Result<()> {
        let programs = self.python_programs()?;
        let mut generate = Command::new(programs.join("openapi-python-client"));
        generate
            .args([
                "generate",
                "--meta",
                "none",
                "--overwrite",
                "--fail-on-warning",
            ])
            .arg("--path")
            .arg(&self.description)
            .arg("--config")
            .arg(self.own.join("python.yml"))
            .arg("--output-path")
            .arg(folder.join("client"));
        process::succeed(&mut generate)?;
        fs::copy(self.own.join("smoke.py"), folder.join("smoke.py"))?;
        let mut check = Command::new(programs.join("mypy"));
        process::succeed(check.args(["--strict", "smoke.py"]).current_dir(folder))?;
        let Credentials::Password(name, password) = Caller::User.credentials("") else {
            bail!("a user has a password");
        };
        let mut smoke = Command::new(programs.join("python"));
        smoke.args(["smoke.py", &world.url(), name, password]);
        process::succeed(smoke.current_dir(folder))
    }

    /// Makes the types for TypeScript below a folder, and compiles them and their use.
    pub(crate) fn typescript(&self, folder: &Path) -> Result<()> {
        let programs = self.node_programs()?;
        let mut generate = Command::new(programs.join("openapi-typescript"));
        generate.arg(&self.description).arg("--output");
        process::succeed(generate.arg(folder.join("api.ts")))?;
        fs::copy(self.own.join("smoke.ts"), folder.join("smoke.ts"))?;
        let mut compile = Command::new(programs.join("tsc"));
        compile.args(["--noEmit", "--strict", "smoke.ts"]);
        process::succeed(compile.current_dir(folder))
    }

    /// Returns the folder of the Python programs, which are installed if they are not there.
    fn python_programs(&self) -> Result<PathBuf> {
        let requirements = self.own.join("requirements.txt");
        let wanted = fs::read_to_string(&requirements)?;
        let folder = self.tools.join("openapi-python");
        let programs = folder.join("bin");
        if is_installed(&folder, &wanted) {
            return Ok(programs);
        }
        let mut venv = Command::new("python3");
        process::succeed_on_stderr(venv.args(["-m", "venv", "--clear"]).arg(&folder))?;
        let mut pip = Command::new(programs.join("python"));
        pip.args(["-m", "pip", "install", "--quiet", "--requirement"]);
        pip.arg(&requirements)
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
        process::succeed_on_stderr(&mut pip)?;
        note(&folder, &wanted)?;
        Ok(programs)
    }

    /// Returns the folder of the programs from npm, which are installed if they are not there.
    fn node_programs(&self) -> Result<PathBuf> {
        let (folder, wanted) = (
            self.tools.join("openapi-typescript"),
            NODE_PACKAGES.join("\n"),
        );
        let programs = folder.join("node_modules/.bin");
        if is_installed(&folder, &wanted) {
            return Ok(programs);
        }
        fs::create_dir_all(&folder)?;
        let mut npm = Command::new("npm");
        npm.args([
            "install",
            "--no-audit",
            "--no-fund",
            "--save-exact",
            "--prefix",
        ]);
        npm.arg(&folder).args(NODE_PACKAGES).current_dir(&folder);
        process::succeed_on_stderr(&mut npm).context("npm is needed for this part")?;
        note(&folder, &wanted)?;
        Ok(programs)
    }
}

/// Returns whether what is wanted was installed to its end.
fn is_installed(folder: &Path, wanted: &str) -> bool {
    fs::read_to_string(folder.join("installed")).is_ok_and(|installed| installed == wanted)
}

fn note(folder: &Path, installed: &str) -> Result<()> {
    fs::write(folder.join("installed"), installed).context("cannot note what was installed")
}
