//! A running cluster.

use crate::{
    interruption::Interrupted,
    port::free_port,
    postgres::{
        account::Account,
        programs,
        role::{self, Role},
        settings::Settings,
        watchdog::{self, Watchdog},
    },
};
use anyhow::{Context, Result, bail};
use std::{
    fmt::Display,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long each part of the start may take: creating the cluster, and each
/// attempt to start its server.
const PART_LIMIT: Duration = Duration::from_secs(60);

/// How many ports are tried: another program can take a free port before
/// PostgreSQL does.
const ATTEMPTS: usize = 3;

/// The file in a cluster's folder with its settings.
const SETTINGS: &str = "settings.conf";

/// How many of the log's last lines an error shows.
const LOG_LINES: usize = 30;

/// A running cluster; dropping it stops the server and removes its folder.
pub struct Cluster {
    // Fields are dropped in this order: the server ends before its folder.
    watchdog: Watchdog,
    folder: TempDir,
    /// Who runs the server, where it is not who runs this.
    account: Option<Account>,
    port: u16,
    programs: PathBuf,
}

// === impl Cluster ===

impl Cluster {
    /// Creates a cluster and waits until its server takes connections.
    pub fn start(settings: &Settings) -> Result<Self> {
        Self::create(Some(settings), None)
    }

    /// Creates a cluster, by its settings or as a standby of the one whose server
    /// listens on a port, and waits until its server takes connections.
    pub(super) fn create(settings: Option<&Settings>, primary: Option<u16>) -> Result<Self> {
        let programs = programs::find_or_install()?;
        let started = Instant::now();
        let folder = tempfile::Builder::new()
            .prefix("apikey-postgres-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir()
            .context("cannot create a folder for PostgreSQL")?;
        let account = Account::instead_of_root()?;
        if let Some(settings) = settings {
            let file = folder.path().join(SETTINGS);
            write_for(account.as_ref(), &file, &settings.file())?;
        }
        if let Some(account) = &account {
            account.take_over(folder.path())?;
        }
        let watchdog = Watchdog::start(&programs, folder.path(), account.as_ref(), primary)?;

        let mut cluster = Self {
            watchdog,
            folder,
            account,
            port: 0,
            programs,
        };
        if let Err(error) = cluster.bring_up(primary) {
            if error.is::<Interrupted>() {
                return Err(error);
            }
            let account = cluster.account.as_ref();
            let user = account.map_or_else(String::new, |account| format!(" as {}", account.name));
            bail!(
                "PostgreSQL does not start{user}: {error:#}\n{}",
                cluster.log_tail()
            );
        }
        println!(
            "PostgreSQL of {} is up after {:.1} s",
            cluster.programs.display(),
            started.elapsed().as_secs_f64()
        );
        Ok(cluster)
    }

    /// Returns the address of the cluster's database `postgres`, for a superuser
    /// who needs no password.
    pub fn url(&self) -> String {
        format!("postgres://apikey@127.0.0.1:{}/postgres", self.port)
    }

    /// Returns the port that the server listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops the server as if its machine had failed.
    pub fn stop_server(&mut self) -> Result<()> {
        self.order("stop", "stop")
    }

    /// Stops the server as an administrator does who does not wait for its clients.
    pub fn shut_down_server(&mut self) -> Result<()> {
        self.order("shut", "shut down")
    }

    /// Returns one of PostgreSQL's programs for its clients, such as `pg_dump`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// Starts a server that was stopped, on the same port.
    pub fn start_server(&mut self) -> Result<()> {
        self.order(self.port, "start again")
    }

    /// Halts all processes of the server, as on a machine or a disk that stalls: the
    /// kernel still takes connections and what is sent on them, and nothing answers.
    /// Linux only.
    pub fn freeze(&mut self) -> Result<()> {
        self.order("freeze", "freeze")
    }

    /// Lets a server continue that was frozen.
    pub fn thaw(&mut self) -> Result<()> {
        self.order("thaw", "continue")
    }

    /// Has the watchdog do something, which has a name for an error.
    pub(super) fn order(&mut self, order: impl Display, name: &str) -> Result<()> {
        if !self.watchdog.order(order, PART_LIMIT)? {
            bail!("PostgreSQL does not {name}\n{}", self.log_tail());
        }
        Ok(())
    }

    /// Writes the files of a role, which the server reads when it starts or is told
    /// to.
    pub(super) fn set_role(&self, role: Role) -> Result<()> {
        self.write_data(role::FILE, &role.settings())?;
        match role {
            Role::Standby { .. } => self.write_data(role::SIGNAL, ""),
            _ => Ok(()),
        }
    }

    /// Returns the cluster's folder.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file in the folder of the data, which only the server may read.
    pub(super) fn write_data(&self, name: &str, text: &str) -> Result<()> {
        let path = self.folder.path().join("data").join(name);
        write_for(self.account.as_ref(), &path, text)?;
        let owner_only = Permissions::from_mode(0o600);
        fs::set_permissions(&path, owner_only)
            .with_context(|| format!("cannot protect {}", path.display()))
    }

    fn bring_up(&mut self, primary: Option<u16>) -> Result<()> {
        if !self.watchdog.answer(PART_LIMIT)? {
            bail!("the cluster cannot be created");
        }
        if let Some(primary) = primary {
            self.set_role(Role::Standby { primary })?;
        }
        for _ in 0..ATTEMPTS {
            self.port = free_port()?;
            if self.watchdog.order(self.port, PART_LIMIT)? {
                return Ok(());
            }
        }
        bail!("{ATTEMPTS} attempts failed")
    }

    fn log_tail(&self) -> String {
        let path = self.folder.path().join(watchdog::LOG);
        match fs::read_to_string(&path) {
            Ok(log) => {
                let lines: Vec<&str> = log.lines().collect();
                lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
            }
            Err(error) => format!(
                "there is no log in {} ({error}): every user must be able to enter the folder \
                 that TMPDIR names",
                path.display()
            ),
        }
    }
}

/// Writes a file that belongs to the account that runs the server.
fn write_for(account: Option<&Account>, path: &Path, text: &str) -> Result<()> {
    let written = fs::write(path, text).and_then(|()| match account {
        Some(account) => account.take_over(path),
        None => Ok(()),
    });
    written.with_context(|| format!("cannot write {}", path.display()))
}
