//! The servers and their database, and what an operator does to them.

use crate::options::Database;
use anyhow::{Context, Result, ensure};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::time::sleep;
use xtask_harness::server::{self, Server};
use xtask_programs::{
    interruption,
    postgres::{Cluster, Durability, Settings},
    process::Signal,
};

/// How many bytes the cache of verifications has: few enough that it is full before memory
/// is judged.
const CACHE_BYTES: u32 = 4 << 20;

/// How long a server may take to read its peppers again.
const RELOAD_LIMIT: Duration = Duration::from_secs(20);

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// How many nodes share a PostgreSQL server.
const NODES: usize = 2;

/// The servers and their database.
pub(crate) struct Site {
    program: PathBuf,
    pub(crate) database: Database,
    pub(crate) url: String,
    pub(crate) nodes: Vec<Node>,
    pub(crate) postgres: Option<Cluster>,
    pub(crate) folder: TempDir,
}

/// A server, or the place of one.
pub(crate) struct Node {
    server: Option<Server>,
    pub(crate) address: SocketAddr,
    folder: PathBuf,
    /// The file with its peppers.
    pub(crate) peppers: PathBuf,
}

// === impl Site ===

impl Site {
    /// Starts everything on an empty database and waits until it is ready.
    pub(crate) async fn start(program: &Path, database: Database) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("apikey-soak-").tempdir()?;
        let settings = Settings {
            durability: Durability::Durable,
            max_connections: 100,
        };
        let postgres = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(Cluster::start(&settings)?),
        };
        let (url, count) = match &postgres {
            Some(cluster) => (cluster.url(), NODES),
            None => {
                let file = folder.path().join("apikey.db");
                (format!("sqlite://{}", file.display()), 1)
            }
        };
        let mut site = Self {
            program: program.to_owned(),
            database,
            url,
            nodes: Vec::new(),
            postgres,
            folder,
        };
        for number in 0..count {
            let folder = site.folder.path().join(format!("node-{number}"));
            std::fs::create_dir(&folder)?;
            let peppers = folder.join("peppers");
            std::fs::write(&peppers, server::pepper())?;
            site.nodes.push(Node {
                server: None,
                address: server::free_address()?,
                folder,
                peppers,
            });
            site.start_node(number).await?;
        }
        Ok(site)
    }

    /// Returns a call of the server's program with the settings of the first node, but
    /// another database and folder.
    pub(crate) fn command(&self, url: &str, folder: &Path) -> Command {
        let mut command = server::command(&self.program, url, folder);
        command
            .env_remove("APIKEY_PEPPER")
            .env("APIKEY_PEPPER_FILE", &self.nodes[0].peppers)
            .stdout(Stdio::piped());
        command
    }

    /// Returns the same with its own database.
    pub(crate) fn own_command(&self) -> Command {
        self.command(&self.url, &self.nodes[0].folder)
    }

    /// Starts a node, and waits until it is ready.
    pub(crate) async fn start_node(&mut self, number: usize) -> Result<()> {
        let node = &mut self.nodes[number];
        let mut command = server::command(&self.program, &self.url, &node.folder);
        command
            .env_remove("APIKEY_PEPPER")
            .env("APIKEY_PEPPER_FILE", &node.peppers)
            .args(["--cache-bytes", &CACHE_BYTES.to_string()]);
        let log = node.folder.join("log");
        let server = node
            .server
            .insert(Server::spawn(command, node.address, log)?);
        server.until_ready().await?;
        Ok(())
    }

    /// Stops a node as a service manager does, or kills it.
    pub(crate) async fn stop_node(&mut self, number: usize, is_killed: bool) -> Result<()> {
        let server = self.nodes[number].server.take().context("no server runs")?;
        let stopping = tokio::task::spawn_blocking(move || match is_killed {
            // Dropping it kills it.
            true => {
                drop(server);
                Ok(())
            }
            false => server.stop(),
        });
        stopping.await?
    }

    /// Stops PostgreSQL without waiting for its clients, or as if its machine had failed, and
    /// starts it again after a while.
    pub(crate) async fn restart_postgres(&mut self, is_killed: bool, away: Duration) -> Result<()> {
        let mut cluster = self.postgres.take().context("there is no PostgreSQL")?;
        let restarting = tokio::task::spawn_blocking(move || {
            match is_killed {
                true => cluster.stop_server()?,
                false => cluster.shut_down_server()?,
            }
            std::thread::sleep(away);
            cluster.start_server()?;
            anyhow::Ok(cluster)
        });
        self.postgres = Some(restarting.await??);
        Ok(())
    }

    /// Gives all nodes another pepper before the one that they have, and tells them.
    pub(crate) async fn rotate_pepper(&self, new: &str) -> Result<()> {
        const READ: &str = "read the pepper again";
        for node in &self.nodes {
            std::fs::write(&node.peppers, format!("{new},{}", server::pepper()))?;
            node.server()?.signal(Signal::HUP)?;
        }
        let deadline = Instant::now() + RELOAD_LIMIT;
        for node in &self.nodes {
            while !node.server()?.log().contains(READ) {
                ensure!(
                    Instant::now() < deadline,
                    "a node does not read its peppers"
                );
                interruption::check()?;
                sleep(POLL_INTERVAL).await;
            }
        }
        Ok(())
    }

    /// Returns where PostgreSQL listens.
    pub(crate) fn postgres_address(&self) -> Option<SocketAddr> {
        let cluster = self.postgres.as_ref()?;
        Some((std::net::Ipv4Addr::LOCALHOST, cluster.port()).into())
    }

    /// Returns what all nodes logged.
    pub(crate) fn logs(&self) -> Vec<PathBuf> {
        self.nodes
            .iter()
            .map(|node| node.folder.join("log"))
            .collect()
    }
}

// === impl Node ===

impl Node {
    /// Returns the number of its process, if it runs.
    pub(crate) fn process(&self) -> Option<u32> {
        self.server.as_ref().map(Server::process)
    }

    fn server(&self) -> Result<&Server> {
        self.server.as_ref().context("no server runs")
    }
}
