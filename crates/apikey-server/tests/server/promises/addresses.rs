//! Where PostgreSQL is: what the URL says and nothing else.

use crate::support::{command, run};
use std::process::Command;
use xtask_harness::server::pepper;
use xtask_programs::postgres::{Cluster, Durability, Settings};

fn cluster() -> Cluster {
    Cluster::start(&Settings {
        durability: Durability::Throwaway,
        max_connections: 20,
    })
    .unwrap()
}

/// Fails unless `migrate` succeeds by a URL, with what `prepare` adds.
fn must_migrate(url: &str, prepare: impl FnOnce(&mut Command)) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path());
    command.arg("migrate").env("APIKEY_DATABASE_URL", url);
    command.env("APIKEY_PEPPER", pepper());
    prepare(&mut command);
    let (code, printed) = run(&mut command);
    assert_eq!(code, 0, "{url}: {printed}");
}

#[test]
fn a_socket_and_several_hosts_are_reached_as_documented() {
    let mut cluster = cluster();
    let folder = cluster.offer_socket().unwrap();
    let folder = folder.to_str().unwrap().replace('/', "%2F");
    let port = cluster.port();
    let socket = format!("postgres://apikey@{folder}:{port}/postgres");
    must_migrate(&socket, |_| {});
    // Nobody listens at the first.
    let several = format!(
        "postgres://apikey@127.0.0.1:1,127.0.0.1:{port}/postgres?target_session_attrs=read-write"
    );
    must_migrate(&several, |_| {});
}

#[test]
fn variables_and_files_of_libpq_are_not_read() {
    let cluster = cluster();
    let home = tempfile::tempdir().unwrap();
    let services = "[other]\nhost=192.0.2.1\n";
    std::fs::write(home.path().join(".pg_service.conf"), services).unwrap();
    std::fs::write(home.path().join(".pgpass"), "*:*:*:*:wrong\n").unwrap();
    must_migrate(&cluster.url(), |command| {
        command
            .env("HOME", home.path())
            .env("PGHOST", "192.0.2.1")
            .env("PGPORT", "1")
            .env("PGUSER", "nobody")
            .env("PGPASSWORD", "wrong")
            .env("PGDATABASE", "other")
            .env("PGSERVICE", "other")
            .env("PGSSLMODE", "verify-full")
            .env("PGOPTIONS", "-c default_transaction_read_only=on");
    });
}
