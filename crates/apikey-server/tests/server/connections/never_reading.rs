//! Clients that ask and never read.

use super::raw::{HEALTH, Raw, by_admin};
use crate::support::{Kind, TestServer, client::Client};
use std::time::Duration;

/// How many connections there are of each kind.
const CONNECTIONS: usize = 25;

/// The memory of a process in MiB.
fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1_024
}

/// The time that a process has computed, in hundredths of a second.
fn computed(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let fields: Vec<_> = fields.split(' ').collect();
    let ticks = |index: usize| fields[index].parse::<u64>().unwrap();
    ticks(11) + ticks(12)
}

#[tokio::test]
async fn a_client_that_never_reads_costs_little_memory_and_no_time() {
    let server = TestServer::start(Kind::Sqlite).await;
    let client = Client::new(&server);
    for number in 0..50 {
        client
            .create_key(&format!("{number}-{}", "x".repeat(40)))
            .await;
    }
    // A wrong key would be answered only after a delay.
    let key = client.create_key("right").await["value"].to_string();
    let body = format!("{{\"key\": {key}}}");
    let line = format!(
        "POST /v2/api-keys/verify HTTP/1.1\r\nContent-Length: {}",
        body.len()
    );
    let verify = by_admin(&line) + &body;
    let list = by_admin("GET /v2/api-keys?page=-1 HTTP/1.1");
    let watch = by_admin("GET /v2/api-keys?watch=true HTTP/1.1");
    let before = memory(server.process_id());
    let mut floods = Vec::new();
    for text in [HEALTH.to_owned(), verify, list, watch] {
        for _ in 0..CONNECTIONS {
            let (address, text) = (server.address, text.clone());
            floods.push(tokio::spawn(async move {
                let mut raw = Raw::open(address).await;
                raw.flood(&text).await;
                raw
            }));
        }
    }
    let mut open = Vec::new();
    for flood in floods {
        open.push(flood.await.unwrap());
    }
    // It may still answer what the system has room for.
    let mut ticks = u64::MAX;
    for _ in 0..40 {
        let before = computed(server.process_id());
        tokio::time::sleep(Duration::from_secs(1)).await;
        ticks = computed(server.process_id()) - before;
        if ticks < 10 {
            break;
        }
    }
    assert!(ticks < 10, "{ticks} hundredths of a second in 1 s");
    let grown = memory(server.process_id()).saturating_sub(before);
    assert!(grown < 64, "{grown} MiB more");
    assert!(Raw::open(server.address).await.answers().await);
    assert_eq!(open.len(), 4 * CONNECTIONS);
}
