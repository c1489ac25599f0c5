//! A real server process on a database of its own, for the tests.

pub(crate) mod client;
pub(crate) mod held_request;
pub(crate) mod raw;

use apikey_diesel::testing::recorded;
use std::{
    io::Read,
    net::SocketAddr,
    path::Path,
    process::{Command, ExitStatus, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
pub(crate) use xtask_harness::database::{Engine, Kind};
use xtask_harness::{
    database::Database,
    server::{self, Server, free_address},
};
use xtask_programs::process::Signal;

/// A server and what it runs on; killed and removed when dropped.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    folder: TempDir,
    database: Arc<Database>,
    process: Option<Server>,
}

// === impl TestServer ===

impl TestServer {
    /// Starts a server on a fresh database.
    pub(crate) async fn start(kind: Kind) -> Self {
        let mut server = Self::on(fresh(kind).await);
        server.start_again().await;
        server
    }

    /// Starts a server on an engine of its own: on PostgreSQL an event appears once all
    /// transactions that began before it have ended, also those of other databases.
    pub(crate) async fn start_on(engine: &Engine) -> Self {
        let mut server = Self::on(Arc::new(engine.create().await.unwrap()));
        server.start_again().await;
        server
    }

    /// Starts a server on a fresh database in which events are recorded already:
    /// JSON arrays of rows.
    pub(crate) async fn start_with_events(kind: Kind, events: &[&str]) -> Self {
        let mut server = Self::on(fresh(kind).await);
        let (code, printed) = run(server.command().arg("migrate"));
        assert_eq!(code, 0, "{printed}");
        for events in events {
            let inserts = recorded::inserts(events).unwrap();
            server.database.run_all(&inserts).await.unwrap();
        }
        server.start_again().await;
        server
    }

    /// Returns a server on a fresh PostgreSQL database that is not started.
    pub(crate) async fn not_started() -> Self {
        Self::not_started_on(Kind::Postgres).await
    }

    /// Returns a server on a fresh database that is not started.
    pub(crate) async fn not_started_on(kind: Kind) -> Self {
        Self::on(fresh(kind).await)
    }

    /// Returns the database that the server uses.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// Returns the URL of the server's database.
    pub(crate) fn database_url(&self) -> String {
        self.database.url().to_owned()
    }

    /// Starts two servers at once on one PostgreSQL database without tables.
    pub(crate) async fn start_two_on_nothing() -> (Self, Self) {
        let database = fresh(Kind::Postgres).await;
        let (mut one, mut other) = (Self::on(database.clone()), Self::on(database));
        tokio::join!(one.start_again(), other.start_again());
        (one, other)
    }

    /// Returns another server on the same database that is not started.
    pub(crate) fn idle_beside(&self) -> Self {
        Self::on(self.database.clone())
    }

    /// Starts another server on the same database.
    pub(crate) async fn beside(&self) -> Self {
        let mut other = self.idle_beside();
        other.start_again().await;
        other
    }

    fn on(database: Arc<Database>) -> Self {
        Self {
            address: free_address().unwrap(),
            folder: tempfile::tempdir().unwrap(),
            database,
            process: None,
        }
    }

    /// Returns the process id of the running server.
    pub(crate) fn process_id(&self) -> u32 {
        self.process.as_ref().unwrap().process()
    }

    /// Starts the server on the database it had, on another port.
    pub(crate) async fn start_again(&mut self) {
        let url = self.database_url();
        self.start_by(&url, &[]).await;
    }

    /// Starts the server with these arguments, and its database by this URL.
    pub(crate) async fn start_by(&mut self, url: &str, arguments: &[&str]) {
        let url = url.to_owned();
        self.start_changed(|command| {
            command.env("APIKEY_DATABASE_URL", url).args(arguments);
        })
        .await;
    }

    /// Starts the server on the database it had, on another port, with what `change`
    /// does to its command.
    pub(crate) async fn start_changed(&mut self, change: impl FnOnce(&mut Command)) {
        self.address = free_address().unwrap();
        let mut command = self.command();
        change(&mut command);
        self.spawn(command).await;
    }

    async fn spawn(&mut self, command: Command) {
        let log = self.folder.path().join("log");
        let mut process = Server::spawn(command, self.address, log).unwrap();
        process.until_ready().await.unwrap();
        self.process = Some(process);
    }

    /// Starts the server with these arguments, and so many open files at most.
    pub(crate) async fn start_with_open_files(kind: Kind, limit: u32, arguments: &[&str]) -> Self {
        Self::start_in_shell(kind, &format!("ulimit -n {limit}"), arguments).await
    }

    /// Starts the server with these arguments from a shell that has run a command.
    pub(crate) async fn start_in_shell(kind: Kind, first: &str, arguments: &[&str]) -> Self {
        let mut server = Self::on(fresh(kind).await);
        let whole = server.command();
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("{first} && exec \"$0\" \"$@\"")])
            .arg(whole.get_program())
            .args(arguments)
            .env_clear()
            .envs(
                whole
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .current_dir(server.folder.path());
        server.spawn(command).await;
        server
    }

    /// Starts a server on a fresh database with these arguments.
    pub(crate) async fn start_with(kind: Kind, arguments: &[&str]) -> Self {
        let mut server = Self::on(fresh(kind).await);
        let url = server.database_url();
        server.start_by(&url, arguments).await;
        server
    }

    /// Returns a call of the binary on this server's database.
    pub(crate) fn command(&self) -> Command {
        server::command(program(), self.database.url(), self.folder.path())
    }

    /// Returns a call of the binary on this server's database, listening on any port.
    pub(crate) fn command_with_pepper(&self, pepper: &str) -> Command {
        let mut command = self.command();
        command
            .env("APIKEY_LISTEN", "127.0.0.1:0")
            .env("APIKEY_PEPPER", pepper);
        command
    }

    /// Returns what the server logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Kills it as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        drop(self.process.take().unwrap());
    }

    /// Returns the folder for the server's files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Waits until it has ended by itself, after a signal.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let process = self.process.as_mut().unwrap();
        let deadline = Instant::now() + Duration::from_secs(15);
        loop {
            if let Some(status) = process.exit_status().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the server does not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        self.process.as_ref().unwrap().signal(signal).unwrap();
    }

    /// Asks it to stop, as a service manager does, and waits until it has.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.process.take().unwrap().terminate().unwrap()
    }
}

async fn fresh(kind: Kind) -> Arc<Database> {
    let engine = Engine::for_tests(kind).unwrap();
    Arc::new(engine.create().await.unwrap())
}

/// Returns a call of the server binary in a folder, with nothing of this process's
/// settings.
pub(crate) fn command(folder: &Path) -> Command {
    server::bare_command(program(), folder)
}

pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_apikey-server"))
}

/// Runs the binary to its end and returns its exit code and what it printed.
pub(crate) fn run(command: &mut Command) -> (i32, String) {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let status = loop {
        match process.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() > deadline => {
                process.kill().unwrap();
                panic!("the binary did not end");
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let mut printed = String::new();
    let mut stdout = process.stdout.take().unwrap();
    let mut stderr = process.stderr.take().unwrap();
    stdout.read_to_string(&mut printed).unwrap();
    stderr.read_to_string(&mut printed).unwrap();
    (status.code().unwrap(), printed)
}
