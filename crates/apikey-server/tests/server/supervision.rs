//! Each part of the server is ended by a fault of its own: the process says why and
//! ends, or the fault stays where it was.

use crate::support::{Kind, TestServer, client::answer, raw::RawServer};
use reqwest::Method;
use serde_json::json;
use std::{fs::File, process::Stdio, time::Duration};

/// How long after a fault the process may live. The writer of uses notices within 5 s.
const LIMIT: Duration = Duration::from_secs(5);
const BOTH: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];
/// What a fault does, and what is said of it.
const ACTIONS: [(&str, &str); 2] = [("panic", "it panicked"), ("return", "it returned")];

/// A server whose log is a file.
struct Faulty {
    raw: RawServer,
    folder: tempfile::TempDir,
}

impl Faulty {
    async fn start(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let raw = RawServer::start(kind, |command| {
            command.stderr(Stdio::from(log));
        })
        .await;
        Self { raw, folder }
    }

    /// Starts with a fault and every part, and does not wait until it serves.
    async fn spawn(kind: Kind, fault: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let raw = RawServer::spawn(kind, |command| {
            command.stderr(Stdio::from(log));
            command.env("FAILPOINTS", fault);
            command.env("APIKEY_KEEP_ENDED", "30");
        })
        .await;
        Self { raw, folder }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Expects that the process ends with 70 and says what has ended, and how.
    async fn must_end(&mut self, part: &str, how: &str, limit: Duration) {
        let ended = self.raw.ended_within(limit).await;
        let log = self.log();
        let code = ended.and_then(|status| status.code());
        assert_eq!(code, Some(70), "{part}, {how}: {log}");
        let said = format!("error: {part} ended: {how}\n");
        assert!(log.contains(&said), "{log}");
        if how == "it panicked" {
            assert!(log.contains("a panic"), "{log}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_writer_the_server_ends() {
    for kind in BOTH {
        for (action, how) in ACTIONS {
            let mut server = Faulty::start(kind).await;
            server.raw.fault(&format!("writer={action}"));
            let client = server.raw.client();
            let request = client.as_admin(Method::POST, "/v2/api-keys");
            // It may or may not be answered before the end.
            let _ = request.json(&json!({"name": "ci"})).send().await;
            server.must_end("the writer", how, LIMIT).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_writer_of_uses_the_server_ends() {
    for kind in BOTH {
        for (action, how) in ACTIONS {
            let mut server = Faulty::start(kind).await;
            server.raw.fault(&format!("last-uses={action}"));
            let limit = LIMIT + Duration::from_secs(5);
            server.must_end("the writer of uses", how, limit).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_deletion_of_old_events_the_server_ends() {
    for kind in BOTH {
        for (action, how) in ACTIONS {
            let mut server = Faulty::spawn(kind, &format!("pruner={action}")).await;
            let limit = Duration::from_secs(20);
            server
                .must_end("the deletion of old events", how, limit)
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_review_of_names_the_server_ends() {
    for kind in BOTH {
        for (action, how) in ACTIONS {
            let mut server = Faulty::spawn(kind, &format!("names={action}")).await;
            let limit = Duration::from_secs(20);
            server.must_end("the review of names", how, limit).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_index_of_names_the_server_ends() {
    for kind in BOTH {
        for (action, how) in ACTIONS {
            let mut server = Faulty::spawn(kind, &format!("name-index={action}")).await;
            let limit = Duration::from_secs(20);
            server.must_end("the index of names", how, limit).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_removal_of_what_deleted_users_had_the_server_ends() {
    for kind in BOTH {
        for (action, how) in ACTIONS {
            let mut server = Faulty::start(kind).await;
            server.raw.fault(&format!("removals={action}"));
            let part = "the removal of what deleted users had";
            server.must_end(part, how, LIMIT).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_forgetting_of_requests_the_server_ends() {
    for kind in BOTH {
        for (action, how) in ACTIONS {
            let mut server = Faulty::spawn(kind, &format!("forgetting={action}")).await;
            let limit = Duration::from_secs(20);
            server
                .must_end("the forgetting of requests", how, limit)
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_what_is_recorded_of_sessions_the_server_ends() {
    for kind in BOTH {
        for (action, how) in ACTIONS {
            let mut server = Faulty::spawn(kind, &format!("sessions={action}")).await;
            let limit = Duration::from_secs(20);
            let part = "what is recorded of sessions";
            server.must_end(part, how, limit).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_what_is_done_about_keys_that_end_the_server_ends() {
    for kind in BOTH {
        for (action, how) in ACTIONS {
            let mut server = Faulty::spawn(kind, &format!("endings={action}")).await;
            let limit = Duration::from_secs(20);
            let part = "what is done about keys that end";
            server.must_end(part, how, limit).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_deletion_of_ended_keys_the_server_ends() {
    for kind in BOTH {
        for (action, how) in ACTIONS {
            let mut server = Faulty::spawn(kind, &format!("ended-keys={action}")).await;
            let limit = Duration::from_secs(20);
            let part = "the deletion of ended keys";
            server.must_end(part, how, limit).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_event_consumer_the_server_ends() {
    for (action, how) in ACTIONS {
        let mut server = Faulty::start(Kind::Postgres).await;
        server.raw.fault(&format!("feed={action}"));
        server.must_end("the event consumer", how, LIMIT).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_listener_the_server_ends() {
    for (action, how) in ACTIONS {
        let mut server = Faulty::start(Kind::Postgres).await;
        server.raw.fault(&format!("listener={action}"));
        let disconnect = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                          WHERE application_name = 'apikey-listener' \
                          AND datname = current_database()";
        let database = server.raw.server.database();
        database.run_all(&[disconnect.to_owned()]).await.unwrap();
        server
            .must_end("the listener for other nodes", how, LIMIT)
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_writer_of_slow_changes_the_server_ends() {
    for (action, how) in ACTIONS {
        let mut server = Faulty::start(Kind::Postgres).await;
        server.raw.fault(&format!("slow-lane={action}"));
        // The write is slow because its table is locked.
        let lock = "BEGIN; LOCK TABLE api_keys; SELECT pg_sleep(4); COMMIT".to_owned();
        let statements = [lock];
        let locking = server.raw.server.database().run_all(&statements);
        let client = server.raw.client();
        let writing = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let request = client.as_admin(Method::POST, "/v2/api-keys");
            request.json(&json!({"name": "ci"})).send().await
        };
        let (locked, _) = tokio::join!(locking, writing);
        locked.unwrap();
        server
            .must_end("the writer of slow changes", how, LIMIT)
            .await;
    }
}

/// `panics.rs` knows that thread by its name, which is one of the HTTP library.
#[tokio::test]
async fn the_thread_that_takes_connections_has_its_name() {
    let server = TestServer::start(Kind::Sqlite).await;
    let threads = std::fs::read_dir(format!("/proc/{}/task", server.process_id())).unwrap();
    let name = |thread: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(thread.ok()?.path().join("comm")).ok()
    };
    let names: Vec<_> = threads.filter_map(name).collect();
    // Linux keeps 15 characters of "actix-server acceptor".
    let acceptor = "actix-server ac\n".to_owned();
    assert!(names.contains(&acceptor), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_panics_fails_alone() {
    for kind in BOTH {
        let mut server = Faulty::start(kind).await;
        let client = server.raw.client();
        let mut answers = Vec::new();
        // The deletion of old events, at the start, may be the write that panics.
        for attempt in 0..3 {
            server.raw.fault("job=1*panic");
            let request = client.as_admin(Method::POST, "/v2/api-keys");
            let request = request.json(&json!({"name": format!("ci {attempt}")}));
            answers.push(answer(request).await.0);
            if answers.last() == Some(&500) {
                break;
            }
        }
        assert!(answers.contains(&500), "{answers:?}: {}", server.log());
        client.create_key("ci").await;
        assert_eq!(server.raw.terminate().await, Some(0), "{}", server.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_panics_fails_alone() {
    for kind in BOTH {
        let mut server = Faulty::start(kind).await;
        let client = server.raw.client();
        let key = client.create_key("ci").await;
        let key = key["value"].as_str().unwrap();
        // More often than there are connections to the database.
        server.raw.fault("reader=panic");
        let list = || client.request(Method::GET, "/v2/api-keys").bearer_auth(key);
        for _ in 0..40 {
            assert!(list().send().await.is_err());
        }
        server.raw.fault("reader=off");
        for _ in 0..40 {
            let (status, body) = answer(list()).await;
            assert_eq!(status, 200, "{body}");
        }
        let log = server.log();
        assert!(!log.contains(key), "{log}");
        assert_eq!(server.raw.terminate().await, Some(0), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_whose_hash_panics_is_not_accepted_and_the_next_one_is() {
    let mut server = Faulty::start(Kind::Sqlite).await;
    server.raw.fault("hasher=4*panic");
    let client = server.raw.client();
    for _ in 0..4 {
        let (status, _) = answer(client.as_admin(Method::GET, "/v2/users")).await;
        assert_eq!(status, 503);
    }
    let (status, body) = answer(client.as_admin(Method::GET, "/v2/users")).await;
    assert_eq!(status, 200, "{body}");
}
