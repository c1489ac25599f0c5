//! The limit of open files: too low to serve, raised as far as it may be, and what it
//! means for connections.

use crate::support::{Kind, TestServer, run};
use std::process::Command;

#[tokio::test]
async fn a_limit_of_open_files_that_is_too_low_is_refused_at_the_start() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let server = TestServer::not_started_on(kind).await;
        let whole = server.command();
        let mut command = Command::new("sh");
        command
            .args(["-c", "ulimit -n 64 && exec \"$0\" \"$@\""])
            .arg(whole.get_program())
            .args(["--listen", "127.0.0.1:0"])
            .current_dir(server.folder())
            .env_clear()
            .envs(
                whole
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
        let (code, printed) = run(&mut command);
        assert_eq!(code, 1, "{kind}: {printed}");
        let said = "the limit of open files is 64, and 96 are needed";
        assert!(printed.contains(said), "{kind}: {printed}");
    }
}

#[tokio::test]
async fn the_limit_of_open_files_is_raised_and_bounds_the_connections() {
    let limits = "ulimit -Sn 128 && ulimit -Hn 300";
    let arguments = ["--workers", "2", "--max-connections", "1000"];
    let server = TestServer::start_in_shell(Kind::Sqlite, limits, &arguments).await;
    let file = format!("/proc/{}/limits", server.process_id());
    let limits = std::fs::read_to_string(file).unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let limits: Vec<_> = line.unwrap().split_whitespace().skip(3).take(2).collect();
    assert_eq!(limits, ["300", "300"]);
    // 128 fewer, and 16 for each worker.
    let said = "the limit of open files allows only 140 connections";
    assert!(server.log().contains(said), "{}", server.log());
}
