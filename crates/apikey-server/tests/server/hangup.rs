//! SIGHUP, SIGUSR1 and SIGUSR2 end no server.

use crate::support::{Kind, client::answer, raw::RawServer};
use futures_util::StreamExt;
use reqwest::Method;
use std::{
    process::Stdio,
    time::{Duration, Instant},
};
use xtask_programs::process::{Signal, signal};

const SIGNALS: [Signal; 3] = [Signal::HUP, Signal::USR1, Signal::USR2];

/// Returns whether the process takes all of these signals.
fn takes_them(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = u64::from_str_radix(caught.unwrap().trim(), 16).unwrap();
    let wanted = SIGNALS.map(|signal| 1_u64 << (signal.as_raw() - 1));
    wanted.iter().all(|bit| caught & bit != 0)
}

fn send_all(server: &RawServer) {
    for one in SIGNALS {
        signal(&server.child, one).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_outlives_hangups_before_it_listens_while_it_serves_and_while_it_stops() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let begun = Instant::now();
        let mut server = RawServer::spawn(kind, |command| {
            let log = std::fs::File::create(&log).unwrap();
            command.stderr(Stdio::from(log));
        })
        .await;
        while !takes_them(server.child.id()) {
            assert!(server.child.try_wait().unwrap().is_none());
        }
        let ready = format!("http://{}/readyz", server.server.address);
        let deadline = Instant::now() + Duration::from_secs(30);
        while reqwest::get(&ready).await.is_err() {
            assert!(Instant::now() < deadline, "the server does not start");
            send_all(&server);
        }
        let client = server.client();
        let watch = client.as_admin(Method::GET, "/v2/api-keys?watch=true");
        let mut stream = watch.send().await.unwrap().bytes_stream();
        for _ in 0..300 {
            send_all(&server);
        }
        client.create_key("ci").await;
        assert!(stream.next().await.unwrap().is_ok(), "the watch ended");
        let signed_in = answer(client.as_admin(Method::GET, "/v2/users/me")).await;
        assert_eq!(signed_in.0, 200);

        signal(&server.child, Signal::TERM).unwrap();
        let deadline = Instant::now() + Duration::from_secs(15);
        let status = loop {
            match server.child.try_wait().unwrap() {
                Some(status) => break status,
                None => send_all(&server),
            }
            assert!(Instant::now() < deadline, "the server does not stop");
            tokio::time::sleep(Duration::from_millis(1)).await;
        };
        let log = std::fs::read_to_string(log).unwrap();
        assert_eq!(status.code(), Some(0), "{log}");
        let lines = log.matches("nothing to open again").count() as u64;
        let most = begun.elapsed().as_secs() + 1;
        assert!((1..=most).contains(&lines), "{lines} lines: {log}");
        assert!(log.contains("\"stopped\""), "{log}");
        assert!(!log.contains("a second signal"), "{log}");
    }
}
