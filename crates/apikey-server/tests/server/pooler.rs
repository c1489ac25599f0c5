//! Servers behind the real PgBouncer, which `APIKEY_TEST_PGBOUNCER` names; `cargo xtask
//! test` sets it. Without it these tests fail.

use crate::support::{
    TestServer,
    client::{Client, answer},
    run,
};
use reqwest::Method;
use std::{
    fs,
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use xtask_programs::port::free_port;

/// A pooler before the server of a database; killed when dropped.
struct Pooler {
    process: Child,
    /// The URL of the database through the pooler.
    url: String,
    _folder: TempDir,
}

impl Pooler {
    fn start(database_url: &str, pool_mode: &str) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "tests find their programs this way"
        )]
        let program = std::env::var("APIKEY_TEST_PGBOUNCER").unwrap();
        let (account, place) = database_url.rsplit_once('@').unwrap();
        let (address, database) = place.rsplit_once('/').unwrap();
        let (host, port) = address.rsplit_once(':').unwrap();
        let user = account.trim_start_matches("postgres://");
        // An empty password is not allowed.
        let user = user.replacen(':', " password=", 1);
        let listen = free_port().unwrap();
        let settings = format!(
            "[databases]\n\
             {database} = host={host} port={port} user={user}\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {listen}\n\
             unix_socket_dir =\n\
             auth_type = any\n\
             pool_mode = {pool_mode}\n\
             default_pool_size = 50\n"
        );
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let file = folder.path().join("pgbouncer.ini");
        fs::write(&file, settings).unwrap();
        let mut command = Command::new(program);
        command.arg(file).stderr(Stdio::null());
        if rustix::process::geteuid().is_root() {
            // It does not run as root.
            command.args(["-u", "nobody"]);
        }
        let process = command.spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", listen)).is_err() {
            assert!(Instant::now() < deadline, "PgBouncer does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self {
            process,
            url: format!("{account}@127.0.0.1:{listen}/{database}"),
            _folder: folder,
        }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sessions of the server stay: notifications, prepared statements and locks work.
#[tokio::test]
async fn servers_run_behind_a_pooler_that_keeps_sessions() {
    let mut one = TestServer::not_started().await;
    let pooler = Pooler::start(&one.database_url(), "session");
    one.start_by(&pooler.url, &[]).await;
    let mut other = TestServer::not_started().await;
    other.start_by(&pooler.url, &[]).await;
    let (here, there) = (Client::new(&one), Client::new(&other));
    for _ in 0..5 {
        let (id, key) = here.own_key("admin").await;
        assert_eq!(there.verify(&key, "m").await, 200);
        let deleted = here.as_admin(Method::DELETE, &format!("/v2/api-keys/{id}"));
        assert_eq!(answer(deleted).await.0, 200);
        assert_eq!(there.verify(&key, "m").await, 401);
    }
    for server in [&one, &other] {
        let log = server.log();
        assert!(!log.contains("not listening"), "{log}");
    }
}

#[tokio::test]
async fn a_pooler_that_does_not_keep_sessions_is_refused() {
    let server = TestServer::not_started().await;
    for pool_mode in ["transaction", "statement"] {
        let pooler = Pooler::start(&server.database_url(), pool_mode);
        let mut command = server.command();
        let (code, printed) = run(command.env("APIKEY_DATABASE_URL", &pooler.url));
        assert_eq!(code, 1, "{printed}");
        assert!(printed.contains("set pool_mode = session"), "{printed}");
    }
}
