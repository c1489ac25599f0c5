//! A database, a folder and peppers, with which either release is started.

use crate::contents;
use anyhow::{Context, Result, bail, ensure};
use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};
use xtask_harness::{
    database::{Database, Engine, Kind},
    server::{self, ADMIN_PASSWORD, Server, free_address},
};
use xtask_programs::process;

/// The peppers: that of the beginning, and one that comes later.
pub(crate) const PEPPER: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";
pub(crate) const LATER_PEPPER: &str =
    "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5";

/// Where the peppers are, in the folder.
const PEPPERS: &str = "pepper";

/// How long a server may take to refuse to start.
const REFUSAL_LIMIT: Duration = Duration::from_secs(40);

/// Which program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Release {
    /// The release before.
    Before,
    /// This one.
    This,
}

/// The programs of both releases.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    pub(crate) before: PathBuf,
    pub(crate) this: PathBuf,
}

/// A database, a folder and peppers.
pub(crate) struct Installation {
    pub(crate) database: Database,
    programs: Programs,
}

// === impl Installation ===

impl Installation {
    /// Makes one with an empty database and the first pepper.
    pub(crate) async fn create(engine: &Engine, programs: &Programs) -> Result<Self> {
        let installation = Self {
            database: engine.create().await?,
            programs: programs.clone(),
        };
        installation.set_peppers(PEPPER)?;
        Ok(installation)
    }

    /// Returns the folder for files.
    pub(crate) fn folder(&self) -> &Path {
        self.database.folder()
    }

    /// Returns the file of a SQLite database.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder().join("apikey.db")
    }

    /// Writes the file of the peppers.
    pub(crate) fn set_peppers(&self, peppers: &str) -> Result<()> {
        let path = self.folder().join(PEPPERS);
        if path.exists() {
            fs::remove_file(&path)?;
        }
        let file = fs::File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        Ok(writeln!(file?, "{peppers}")?)
    }

    /// Puts another pepper before those in the file. Returns all of them.
    pub(crate) fn rotate(&self) -> Result<String> {
        match is_file(&self.database) {
            true => self.run(Release::This, &["pepper", "rotate"]).map(drop)?,
            false => self.set_peppers(&format!("{LATER_PEPPER},{PEPPER}"))?,
        }
        self.peppers()
    }

    /// Reads the file of the peppers.
    pub(crate) fn peppers(&self) -> Result<String> {
        let peppers = fs::read_to_string(self.folder().join(PEPPERS))?;
        Ok(peppers.trim().to_owned())
    }

    /// Starts a server of a release and waits until it is ready.
    pub(crate) async fn start(&self, release: Release) -> Result<Server> {
        let log = self.log(release);
        let mut server = Server::spawn(self.command(release), free_address()?, log)?;
        let ready = server.until_ready().await;
        ready.with_context(|| format!("{release:?} does not start on {}", self.database.kind()))?;
        Ok(server)
    }

    /// Returns where servers of a release log.
    pub(crate) fn log(&self, release: Release) -> PathBuf {
        self.folder().join(format!("{release:?}.log"))
    }

    /// Sees that a server of a release refuses to start with these words, and that it changes
    /// nothing of the database.
    pub(crate) async fn see_refused(&self, release: Release, words: &str) -> Result<()> {
        let before = contents::of(&self.database).await?;
        let address = free_address()?.to_string();
        let mut command = self.command(release);
        command.args(["--listen", &address]).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let Some(status) = process::wait_at_most(&mut child, REFUSAL_LIMIT)? else {
            child.kill()?;
            child.wait()?;
            bail!("{release:?} starts, and is to be refused: {words}");
        };
        let output = child.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            !status.success() && said.contains(words),
            "{release:?} ended with {status}: {said}"
        );
        let after = contents::of(&self.database).await?;
        ensure!(
            before == after,
            "{release:?} was refused, and changed the database"
        );
        Ok(())
    }

    /// Runs a command of a release to its end, and returns what it printed.
    pub(crate) fn run(&self, release: Release, arguments: &[&str]) -> Result<String> {
        let mut command = self.command(release);
        command.args(arguments).stdout(Stdio::piped());
        process::output(&mut command)
    }

    fn command(&self, release: Release) -> Command {
        let program = match release {
            Release::Before => &self.programs.before,
            Release::This => &self.programs.this,
        };
        let mut command = server::bare_command(program, self.folder());
        command
            .env("APIKEY_DATABASE_URL", self.database.url())
            .env("APIKEY_DATA_DIR", self.folder())
            .env("APIKEY_PEPPER_FILE", self.folder().join(PEPPERS))
            .env("APIKEY_BOOTSTRAP_PASSWORD", ADMIN_PASSWORD)
            // What time alone adds or takes is no difference between releases.
            .env("APIKEY_EVENT_RETENTION", "36500d")
            .env("APIKEY_EXPIRY_NOTICES", "none");
        command
    }
}

/// Returns whether a database is a file.
pub(crate) fn is_file(database: &Database) -> bool {
    database.kind() == Kind::Sqlite
}
