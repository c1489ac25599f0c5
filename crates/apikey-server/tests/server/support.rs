//! A real server process on a database of its own, for the tests.

pub(crate) mod client;
pub(crate) mod link;

use apikey_diesel::testing::TestDatabase;
use std::{
    io::Read,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The password of `admin` on every test server.
pub(crate) const PASSWORD: &str = "Admin_123";

/// Which database a server runs on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

/// A server and what it runs on; killed and removed when dropped.
pub(crate) struct Server {
    pub(crate) base: String,
    folder: TempDir,
    database: Arc<TestDatabase>,
    process: Option<Child>,
}

impl Server {
    /// Starts a server on a fresh database.
    pub(crate) async fn start(backend: Backend) -> Self {
        let database = match backend {
            Backend::Sqlite => TestDatabase::sqlite().await,
            Backend::Postgres => TestDatabase::postgres().await,
        };
        let mut server = Self::on(Arc::new(database.unwrap()));
        server.start_again().await;
        server
    }

    /// A server on a fresh PostgreSQL database that is not started.
    pub(crate) async fn not_started() -> Self {
        Self::on(Arc::new(TestDatabase::postgres().await.unwrap()))
    }

    /// Where its database is.
    pub(crate) fn database_url(&self) -> String {
        self.database.url_text.clone()
    }

    /// Starts two servers at once on one PostgreSQL database without tables.
    pub(crate) async fn start_two_on_nothing() -> (Self, Self) {
        let database = Arc::new(TestDatabase::empty_postgres().await.unwrap());
        let (mut one, mut other) = (Self::on(database.clone()), Self::on(database));
        tokio::join!(one.start_again(), other.start_again());
        (one, other)
    }

    fn on(database: Arc<TestDatabase>) -> Self {
        Self {
            base: String::new(),
            folder: tempfile::tempdir().unwrap(),
            database,
            process: None,
        }
    }

    /// Starts the server on the database it had, on another port.
    pub(crate) async fn start_again(&mut self) {
        let url = self.database_url();
        self.start_by(&url, &[]).await;
    }

    /// Starts the server with these arguments, and its database by this URL.
    pub(crate) async fn start_by(&mut self, url: &str, arguments: &[&str]) {
        let port = free_port();
        self.base = format!("http://127.0.0.1:{port}");
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        let mut command = self.command_with_pepper(&"5e".repeat(32));
        command.args(["--listen", &format!("127.0.0.1:{port}")]);
        command.env("APIKEY_DATABASE_URL", url).args(arguments);
        self.process = Some(command.stderr(log).spawn().unwrap());
        self.wait_until_ready().await;
    }

    /// The binary on this server's database, listening anywhere.
    pub(crate) fn command_with_pepper(&self, pepper: &str) -> Command {
        let mut command = command(self.folder.path());
        command
            .env("APIKEY_DATABASE_URL", &self.database.url_text)
            .env("APIKEY_LISTEN", "127.0.0.1:0")
            .env("APIKEY_BOOTSTRAP_PASSWORD", PASSWORD)
            .env("APIKEY_PEPPER", pepper);
        command
    }

    async fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        let ready = format!("{}/readyz", self.base);
        while Instant::now() < deadline {
            if let Ok(answer) = reqwest::get(&ready).await
                && answer.status().is_success()
            {
                return;
            }
            let process = self.process.as_mut().unwrap();
            assert!(process.try_wait().unwrap().is_none(), "{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the server does not become ready: {}", self.log());
    }

    /// What the server logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Kills it as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Asks it to stop, as a service manager does, and waits until it has.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        let mut process = self.process.take().unwrap();
        let id = process.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(asked.success());
        process.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// A port that nothing listens on.
pub(crate) fn free_port() -> u16 {
    xtask_programs::port::free_port().unwrap()
}

/// The server binary in a folder, with nothing of this process's settings.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apikey-server"));
    command.env_clear().current_dir(folder);
    command.stdin(Stdio::null());
    command
}

/// Runs the binary to its end and tells its exit code and what it printed.
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
