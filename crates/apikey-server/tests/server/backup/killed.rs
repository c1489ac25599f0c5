//! Backups that are killed, beside a server that goes on writing.

use super::{backed_up, elsewhere};
use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
    run,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use xtask_programs::process::{Signal, signal};

const ROUNDS: u64 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_is_killed_under_load_leaves_the_old_file_or_the_new_one() {
    let server = TestServer::start(Kind::Sqlite).await;
    let client = Client::new(&server);
    let is_over = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4)
        .map(|writer| tokio::spawn(write(client.clone(), writer, Arc::clone(&is_over))))
        .collect();
    let (file, _) = backed_up(&server, "b.db");
    let length = {
        let since = Instant::now();
        backed_up(&server, "b.db");
        since.elapsed()
    };
    let (mut killed, mut complete, mut replaced) = (0, 0, 0);
    for round in 0..ROUNDS {
        let before = std::fs::read(&file).unwrap();
        let mut process = server
            .command()
            .args(["backup", "--force"])
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(length.mul_f64(1.2 * round as f64 / ROUNDS as f64)).await;
        process.kill().unwrap();
        match process.wait().unwrap().code() {
            None => killed += 1,
            Some(code) => {
                assert_eq!(code, 0);
                complete += 1;
            }
        }
        replaced += u64::from(std::fs::read(&file).unwrap() != before);
        let (code, printed) = run(server.command().args(["restore", "--check"]).arg(&file));
        assert_eq!(code, 0, "round {round}: {printed}");
    }
    println!(
        "{ROUNDS} backups of {length:?}: {killed} killed, {complete} not, {replaced} replaced"
    );
    assert!(killed > 10, "{killed}");
    assert!(replaced >= complete);

    // What was deleted before a backup began is deleted in it.
    let deleted = client.create_key("deleted").await;
    let kept = client.create_key("kept").await;
    let path = format!("/v2/api-keys/{}", deleted["id"]);
    client.change(Method::DELETE, &path, json!({})).await;
    let (file, _) = backed_up(&server, "b.db");
    is_over.store(true, Ordering::SeqCst);
    let mut written = 0;
    for writer in writers {
        written += writer.await.unwrap();
    }
    assert!(written > 50, "the server went on writing: {written}");

    let data = server.folder().join("another/machine");
    let (code, printed) = run(elsewhere(&server, &data).arg("restore").arg(&file));
    assert_eq!(code, 0, "{printed}");
    let mut other = TestServer::not_started_on(Kind::Sqlite).await;
    let url = format!("sqlite://{}", data.join("apikey.db").display());
    other.start_by(&url, &[]).await;
    let client = Client::new(&other);
    assert_eq!(client.verify(text(&deleted["value"]), "m").await, 401);
    assert_eq!(client.verify(text(&kept["value"]), "m").await, 200);
}

/// Creates keys and deletes every other one, until it is over. Returns how many changes were
/// answered.
async fn write(client: Client, writer: usize, is_over: Arc<AtomicBool>) -> u64 {
    let mut changes = 0;
    while !is_over.load(Ordering::SeqCst) {
        let key = client.create_key(&format!("{writer} {changes}")).await;
        changes += 1;
        if changes % 2 == 0 {
            let request = client.as_admin(Method::DELETE, &format!("/v2/api-keys/{}", key["id"]));
            assert_eq!(answer(request).await.0, 200);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    changes
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_is_killed_leaves_the_old_database_or_the_new_one() {
    let mut server = TestServer::start(Kind::Sqlite).await;
    Client::new(&server).create_key("one").await;
    let (file, _) = backed_up(&server, "b.db");
    assert!(server.terminate().success());
    let restore = || {
        let mut command = server.command();
        command.args(["restore", "--force"]).arg(&file);
        command
    };
    let since = Instant::now();
    let (code, printed) = run(&mut restore());
    assert_eq!(code, 0, "{printed}");
    let length = since.elapsed();
    let mut killed = 0;
    for round in 0..ROUNDS {
        let mut restore = restore();
        let restore = restore.stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = restore.spawn().unwrap();
        tokio::time::sleep(length.mul_f64(1.2 * round as f64 / ROUNDS as f64)).await;
        process.kill().unwrap();
        killed += u64::from(process.wait().unwrap().code().is_none());
        let (_, printed) = backed_up(&server, "c.db");
        assert!(
            printed.contains("1 users, 1 keys"),
            "round {round}: {printed}"
        );
    }
    println!("{ROUNDS} restores of {length:?}: {killed} killed");
    assert!(killed > 10, "{killed}");
    server.start_again().await;
    Client::new(&server).create_key("two").await;
}

/// A copy under a name that is not used again would stay.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_backup_leaves_nothing() {
    let server = TestServer::start(Kind::Sqlite).await;
    // Some seconds of work.
    let fill = "INSERT INTO events (kind, at, after) WITH RECURSIVE n (i) AS \
                (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 60) \
                SELECT 'x', 0, hex(zeroblob(500000)) FROM n";
    server.database().run_all(&[fill.to_owned()]).await.unwrap();
    let folder = server.folder().join("backups");
    std::fs::create_dir(&folder).unwrap();
    let names = || std::fs::read_dir(&folder).unwrap().count();
    for (round, kind) in [Signal::INT, Signal::TERM].into_iter().enumerate() {
        let mut process = server
            .command()
            .arg("backup")
            .arg(folder.join(round.to_string()))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        let partial = folder.join(format!("{round}.partial"));
        while partial.metadata().map_or(0, |partial| partial.len()) == 0 {
            assert!(Instant::now() < deadline, "it does not begin");
        }
        signal(&process, kind).unwrap();
        let code = process.wait().unwrap().code();
        assert_eq!(code, Some(128 + kind.as_raw()));
        assert_eq!(names(), 0, "{kind:?}");
    }
}
