//! A server that is attacked, with its database.

use crate::{options::Extent, wire::Wire};
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};
use xtask_harness::{
    client::{Answer, Client},
    database::{Database, Engine},
    request::{Credentials, Request},
    server::{self, ADMIN, Server, free_address},
    usage::{connected_from, process_time, resident_megabytes},
};
use xtask_programs::process::Signal;

/// The password of every user but the first.
pub(crate) const PASSWORD: &str = "Passw0rd_1";

/// How long a well-behaved client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often a server that was asked to stop is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// What every row works with.
pub(crate) struct Attack {
    pub(crate) program: PathBuf,
    pub(crate) engine: Engine,
    pub(crate) extent: Extent,
}

/// A running server and its database. Both end when it is dropped.
pub(crate) struct Target {
    // Fields are dropped in this order: the server ends before its database.
    pub(crate) server: Server,
    pub(crate) database: Database,
    client: Client,
}

/// What is left of a server that was asked to stop.
pub(crate) struct Ended {
    pub(crate) database: Database,
    pub(crate) log: String,
    /// How long it took to stop; nothing if it was killed.
    pub(crate) took: Option<Duration>,
}

/// A key that was made, with the whole of it.
#[derive(Debug, Clone)]
pub(crate) struct MadeKey {
    pub(crate) id: i64,
    pub(crate) value: String,
}

// === impl Attack ===

impl Attack {
    /// Starts a server as shipped, on a database of its own.
    pub(crate) async fn start(&self) -> Result<Target> {
        let database = self.engine.create().await?;
        let command = command(&self.program, &database);
        self.start_with(database, command).await
    }

    /// Starts a server with at most so many open files.
    pub(crate) async fn start_with_files(&self, files: u32) -> Result<Target> {
        self.start_in_shell(&format!("ulimit -n {files}")).await
    }

    /// Starts a server from a shell that was told something before.
    pub(crate) async fn start_in_shell(&self, preparation: &str) -> Result<Target> {
        let database = self.engine.create().await?;
        let server = command(&self.program, &database);
        let mut shell = Command::new("/bin/sh");
        let script = format!("{preparation} && exec \"$0\" \"$@\"");
        shell.args(["-c", &script]).arg(server.get_program());
        shell.env_clear().current_dir(database.folder());
        let variables = server.get_envs();
        shell.envs(variables.filter_map(|(name, value)| Some((name, value?))));
        self.start_with(database, shell).await
    }

    /// Starts a server on a PostgreSQL database that is there, with further arguments.
    pub(crate) async fn start_node(&self, url: &str, arguments: &[&str]) -> Result<Target> {
        // For its folder.
        let own = self.engine.create().await?;
        let mut command = command(&self.program, &own);
        command.env("APIKEY_DATABASE_URL", url).args(arguments);
        self.start_with(own, command).await
    }

    /// Runs a call of a server's program and waits until it is ready.
    pub(crate) async fn start_with(&self, database: Database, command: Command) -> Result<Target> {
        let address = free_address()?;
        let log = database.folder().join("log");
        let server = Server::spawn(command, address, log)?;
        Target::ready(server, database).await
    }
}

// === impl Target ===

impl Target {
    /// Waits until a server is ready.
    pub(crate) async fn ready(mut server: Server, database: Database) -> Result<Self> {
        server.until_ready().await?;
        let client = Client::new(server.address())?;
        Ok(Self {
            server,
            database,
            client,
        })
    }

    /// Returns where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Returns what sends requests, and waits for answers without end.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Asks the server to stop, and kills it when it still runs after a limit. Its
    /// database stays.
    pub(crate) async fn end_within(self, limit: Duration) -> Result<Ended> {
        let Self {
            mut server,
            database,
            ..
        } = self;
        let asked_at = Instant::now();
        server.signal(Signal::TERM)?;
        while server.is_running()? && asked_at.elapsed() < limit {
            sleep(POLL_INTERVAL).await;
        }
        let took = asked_at.elapsed();
        Ok(Ended {
            took: (!server.is_running()?).then_some(took),
            log: server.log(),
            database,
        })
    }

    /// Sends a request as a well-behaved client does.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer> {
        let answer = timeout(PATIENCE, self.client.send(request)).await;
        answer.context("there is no answer in time")?
    }

    /// Sends a request that must be answered 200 and returns its JSON.
    pub(crate) async fn ask(&self, request: &Request) -> Result<Value> {
        self.send(request).await?.expect_ok()
    }

    /// Sends a request of the first administrator, which must be answered 200.
    pub(crate) async fn admin(&self, method: Method, path: &str, json: &Value) -> Result<Value> {
        let request = Request::new(method, path).by(ADMIN).json(json);
        self.ask(&request).await
    }

    /// Reads something as the first administrator.
    pub(crate) async fn read(&self, path: impl Into<String>) -> Result<Value> {
        self.ask(&Request::get(path).by(ADMIN)).await
    }

    /// Makes a user and returns their number.
    pub(crate) async fn make_user(&self, name: &str, is_admin: bool) -> Result<i64> {
        let json = json!({"username": name, "password": PASSWORD, "is_admin": is_admin});
        number(&self.admin(Method::POST, "/v2/users", &json).await?)
    }

    /// Makes an organization and returns its number.
    pub(crate) async fn make_organization(&self, slug: &str) -> Result<i64> {
        let json = json!({"name": slug, "slug": slug});
        number(&self.admin(Method::POST, "/v2/organizations", &json).await?)
    }

    /// Makes a user a member.
    pub(crate) async fn add_member(&self, organization: i64, user: i64, role: &str) -> Result<()> {
        let path = format!("/v2/organizations/{organization}/members");
        let json = json!({"user_id": user, "role": role});
        self.admin(Method::POST, &path, &json).await.map(drop)
    }

    /// Makes a key for a user or, if one is named, for an organization.
    pub(crate) async fn make_key(
        &self,
        by: Credentials<'_>,
        organization: Option<i64>,
        json: &Value,
    ) -> Result<MadeKey> {
        let mut request = Request::post("/v2/api-keys", json).by(by);
        if let Some(organization) = organization {
            request = request.header("x-organization-id", organization.to_string());
        }
        let key = self.ask(&request).await?;
        let value = key["value"].as_str().context("a new key has no value")?;
        Ok(MadeKey {
            id: number(&key)?,
            value: value.to_owned(),
        })
    }

    /// Verifies a key as a gateway does and returns the status.
    pub(crate) async fn verify(&self, key: &str) -> Result<u16> {
        let request = Request::get("/auth/verify").by(Credentials::Key(key));
        Ok(self.send(&request).await?.status)
    }

    /// Creates, verifies, deletes and verifies again, which all must be right.
    pub(crate) async fn check_whole(&self) -> Result<()> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = format!("whole-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let key = self.make_key(ADMIN, None, &json!({"name": name})).await?;
        let before = self.verify(&key.value).await?;
        ensure!(before == 200, "a new key is answered {before}");
        let path = format!("/v2/api-keys/{}", key.id);
        self.admin(Method::DELETE, &path, &Value::Null).await?;
        let after = self.verify(&key.value).await?;
        ensure!(after == 401, "a deleted key is answered {after}");
        let ready = self.send(&Request::get("/readyz")).await?;
        ensure!(ready.body == "\"ok\"", "/readyz says {}", ready.body);
        Ok(())
    }

    /// Opens a connection from an address of this machine.
    pub(crate) async fn wire_from(&self, from: Ipv4Addr) -> Result<Wire> {
        Wire::open(self.address(), from).await
    }

    /// Opens a connection.
    pub(crate) async fn wire(&self) -> Result<Wire> {
        self.wire_from(Ipv4Addr::LOCALHOST).await
    }

    /// Returns its memory in megabytes.
    pub(crate) fn megabytes(&self) -> Result<f64> {
        resident_megabytes(self.server.process())
    }

    /// Returns how many connections it has from other addresses than those of a
    /// well-behaved client.
    pub(crate) fn attackers(&self) -> Result<usize> {
        let from = connected_from(self.address())?.into_iter();
        Ok(from.filter(|one| *one != Ipv4Addr::LOCALHOST).count())
    }

    /// Returns how many percent of one core it takes over a time.
    pub(crate) async fn load_over(&self, time: Duration) -> Result<f64> {
        let process = self.server.process();
        let before = process_time(process)?;
        tokio::time::sleep(time).await;
        Ok((process_time(process)? - before) / time.as_secs_f64() * 100.0)
    }
}

/// Returns a call of the server's program, as shipped.
pub(crate) fn command(program: &Path, database: &Database) -> Command {
    server::command(program, database.url(), database.folder())
}

/// Returns one of this machine's own addresses; each number has another.
pub(crate) fn source(number: usize) -> Ipv4Addr {
    let last = u8::try_from(number % 200).unwrap_or_default();
    Ipv4Addr::new(127, 0, 0, 2 + last)
}

/// Returns the number of what was made.
pub(crate) fn number(made: &Value) -> Result<i64> {
    let id = made["id"].as_i64();
    id.with_context(|| format!("no id in {made}"))
}
