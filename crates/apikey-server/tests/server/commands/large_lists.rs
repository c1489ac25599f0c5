//! Lists of 100,000 keys, in bounded memory, of which somebody may read little.

use crate::support::{Kind, TestServer, client::Client};
use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    time::{Duration, Instant},
};

const KEYS: u32 = 100_000;
/// How much memory the command may take in megabytes. A page of 500 keys has half of one.
const MOST_MEGABYTES: u64 = 60;

/// Copies the one key that there is.
async fn many_keys(kind: Kind) -> TestServer {
    let server = TestServer::start(kind).await;
    Client::new(&server).create_key("first").await;
    let digits = match kind {
        Kind::Sqlite => "printf('%012x', n)",
        Kind::Postgres => "lpad(to_hex(n), 12, '0')",
    };
    let copy = format!(
        "WITH RECURSIVE numbers (n) AS
             (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {KEYS})
         INSERT INTO api_keys (name, name_folded, user_id, owner_principal_id, access_key,
             secret_digest, scope, is_custom, expires_at, created_at, updated_at)
         SELECT 'copy ' || n, 'copy ' || n, user_id, owner_principal_id, 'copy' || {digits},
             secret_digest, scope, is_custom, expires_at, created_at, updated_at
         FROM api_keys, numbers"
    );
    server.database().run_all(&[copy]).await.unwrap();
    server
}

/// Returns the most memory that a process had so far, in megabytes.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1_024)
}

async fn all_are_listed(kind: Kind, arguments: &[&str], expected: u32, most: u64) {
    let server = many_keys(kind).await;
    let mut command = server.command();
    command.args(["key", "list"]).args(arguments);
    let started = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let (mut lines, mut megabytes) = (0, 0);
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        line.unwrap();
        lines += 1;
        if lines % 1_000 == 0 {
            megabytes = megabytes.max(peak(child.id()).unwrap_or(0));
        }
    }
    assert!(child.wait().unwrap().success());
    let elapsed = started.elapsed();
    println!("{kind:?} {arguments:?}: {lines} lines in {elapsed:?}, {megabytes} MB");
    assert_eq!(lines, expected);
    assert!((1..most).contains(&megabytes), "{megabytes} MB");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_keys_are_listed_in_bounded_memory_on_sqlite() {
    all_are_listed(Kind::Sqlite, &["--json"], KEYS, MOST_MEGABYTES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_keys_are_listed_in_bounded_memory_on_postgres() {
    // The table has a head, and this process serves the list, too.
    all_are_listed(Kind::Postgres, &[], KEYS + 1, 2 * MOST_MEGABYTES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_no_more_ends_a_list_quietly() {
    let server = many_keys(Kind::Sqlite).await;
    let mut command = server.command();
    command.args(["key", "list", "--json"]);
    let started = Instant::now();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut String::new()).unwrap();
    drop(output);
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
    assert!(started.elapsed() < Duration::from_secs(5));
}
