//! Clients that ask and never read.

use super::raw::{HEALTH, Raw, by_admin};
use crate::support::{Kind, TestServer, client::Client};
use std::time::Duration;
use xtask_harness::usage::{process_time, resident_megabytes};

/// How many connections there are of each kind.
const CONNECTIONS: usize = 25;

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
    let process = server.process_id();
    let before = resident_megabytes(process).unwrap();
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
    let mut computed = f64::INFINITY;
    for _ in 0..40 {
        let before = process_time(process).unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        computed = process_time(process).unwrap() - before;
        if computed < 0.1 {
            break;
        }
    }
    assert!(computed < 0.1, "{computed} s of processor time in 1 s");
    let grown = resident_megabytes(process).unwrap() - before;
    assert!(grown < 64.0, "{grown} MiB more");
    assert!(Raw::open(server.address).await.answers().await);
    assert_eq!(open.len(), 4 * CONNECTIONS);
}
