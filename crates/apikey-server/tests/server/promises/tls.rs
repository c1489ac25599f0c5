//! TLS to PostgreSQL: a server of the test's own with a certificate of its own.

mod authority;

use self::authority::Authority;
use crate::support::{Kind, TestServer, client::Client, command, run};
use std::process::Command;
use xtask_harness::{database::run_on_postgres, server::pepper};
use xtask_programs::postgres::{Cluster, Durability, Settings};

/// A PostgreSQL server with TLS, who signed its certificate, and who did not.
struct Encrypted {
    cluster: Cluster,
    right: Authority,
    wrong: Authority,
}

fn cluster() -> Cluster {
    Cluster::start(&Settings {
        durability: Durability::Throwaway,
        max_connections: 50,
    })
    .unwrap()
}

// === impl Encrypted ===

impl Encrypted {
    fn start() -> Self {
        let (right, wrong) = (Authority::new("right"), Authority::new("wrong"));
        let mut cluster = cluster();
        let (certificate, key) = right.certificate("IP:127.0.0.1");
        cluster.offer_tls(&certificate, &key).unwrap();
        Self {
            cluster,
            right,
            wrong,
        }
    }

    /// Returns what `migrate` exits with and prints, by a URL with this query.
    fn migrate(&self, query: &str, roots: &Authority) -> (i32, String) {
        migrate(&(self.cluster.url() + query), roots)
    }
}

fn migrate(url: &str, roots: &Authority) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path());
    run(trusting(command.arg("migrate"), url, roots))
}

fn trusting<'a>(command: &'a mut Command, url: &str, roots: &Authority) -> &'a mut Command {
    command
        .env("APIKEY_DATABASE_URL", url)
        .env("APIKEY_PEPPER", pepper())
        .env("SSL_CERT_FILE", roots.file())
}

#[test]
fn only_a_certificate_of_a_known_root_for_the_host_in_the_url_is_accepted() {
    let postgres = Encrypted::start();
    for mode in [
        "?sslmode=require",
        "?sslmode=verify-full",
        "?sslmode=prefer",
    ] {
        let (code, printed) = postgres.migrate(mode, &postgres.wrong);
        assert_eq!(code, 1, "{mode}: {printed}");
        assert!(printed.contains("UnknownIssuer"), "{mode}: {printed}");
        // The certificate is for the address, and not for this name of it.
        let named = postgres.cluster.url().replace("127.0.0.1", "localhost");
        let (code, printed) = migrate(&(named + mode), &postgres.right);
        assert_eq!(code, 1, "{mode}: {printed}");
        assert!(
            printed.contains("certificate not valid"),
            "{mode}: {printed}"
        );
        let (code, printed) = postgres.migrate(mode, &postgres.right);
        assert_eq!(code, 0, "{mode}: {printed}");
    }
}

#[test]
fn a_certificate_that_ends_soon_is_found() {
    for (days, is_found) in [(2, true), (60, false)] {
        let authority = Authority::new("right");
        let mut cluster = cluster();
        let (certificate, key) = authority.certificate_for("IP:127.0.0.1", days);
        cluster.offer_tls(&certificate, &key).unwrap();
        for (mode, is_checked) in [("require", true), ("disable", false)] {
            let url = format!("{}?sslmode={mode}", cluster.url());
            let folder = tempfile::tempdir().unwrap();
            let mut command = command(folder.path());
            command.args(["doctor", "--listen", "127.0.0.1:0"]);
            let (code, printed) = run(trusting(&mut command, &url, &authority));
            assert_eq!(code, 0, "{printed}");
            let line = "warning: certificate: the certificate of the database ends within";
            let found = printed.contains(line);
            assert_eq!(found, is_found && is_checked, "{days} {mode}: {printed}");
        }
    }
}

#[test]
fn a_server_without_tls_is_refused_where_tls_is_required() {
    let (plain, roots) = (cluster(), Authority::new("unused"));
    for mode in ["?sslmode=require", "?sslmode=verify-full"] {
        let (code, printed) = migrate(&(plain.url() + mode), &roots);
        assert_eq!(code, 1, "{mode}: {printed}");
        assert!(
            printed.contains("server does not support TLS"),
            "{mode}: {printed}"
        );
    }
    for mode in ["?sslmode=prefer", "?sslmode=disable", ""] {
        let (code, printed) = migrate(&(plain.url() + mode), &roots);
        assert_eq!(code, 0, "{mode}: {printed}");
    }
}

#[test]
fn what_is_not_supported_is_refused_before_anything_is_opened() {
    let roots = Authority::new("unused");
    for query in [
        "?sslmode=verify-ca",
        "?sslmode=allow",
        "?sslmode=maybe",
        "?sslrootcert=/etc/roots",
        "?sslmode=require&sslcert=client.pem",
        "?sslmode=require&sslkey=client.key",
    ] {
        let url = format!("postgres://apikey:hidden@127.0.0.1/apikey{query}");
        let (code, printed) = migrate(&url, &roots);
        assert_eq!(code, 2, "{query}: {printed}");
        assert!(!printed.contains("hidden"), "{query}: {printed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_connection_is_encrypted_where_the_url_says_so_and_none_where_not() {
    let postgres = Encrypted::start();
    for (query, is_encrypted) in [
        ("?sslmode=verify-full", true),
        ("?sslmode=prefer", true),
        ("", false),
    ] {
        let mut server = TestServer::not_started_on(Kind::Sqlite).await;
        let url = postgres.cluster.url() + query;
        server
            .start_changed(|command| {
                trusting(command, &url, &postgres.right);
            })
            .await;
        let client = Client::new(&server);
        let key = client.create_key(&format!("ci{query}")).await;
        assert_eq!(
            client.verify(key["value"].as_str().unwrap(), "m").await,
            200
        );
        // Reading, writing, the feed and the listener.
        let check = format!(
            "DO $$ BEGIN IF (SELECT count(*) < 4 OR bool_or(ssl <> {is_encrypted}) \
             FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) \
             WHERE application_name LIKE 'apikey%') \
             THEN RAISE EXCEPTION 'not as wanted'; END IF; END $$"
        );
        let checked = run_on_postgres(&postgres.cluster.url(), &[check]).await;
        checked.unwrap_or_else(|error| panic!("{query}: {error:#}"));
        assert_eq!(server.terminate().code(), Some(0));
    }
}
