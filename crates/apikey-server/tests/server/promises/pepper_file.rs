//! The file of the pepper while others use it.

use crate::support::{Kind, TestServer, client::Client, run};
use std::{
    fs::{File, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
    process::Command,
    time::Duration,
};
use tokio::time::Instant;
use xtask_harness::server::pepper;
use xtask_programs::process::Signal;

/// A user that is not root.
const ANOTHER: u32 = 65_534;

fn reads(command: &mut Command, file: &Path) {
    command
        .env_remove("APIKEY_PEPPER")
        .env("APIKEY_PEPPER_FILE", file);
}

async fn with_a_file(kind: Kind) -> (TestServer, std::path::PathBuf) {
    let mut server = TestServer::not_started_on(kind).await;
    let file = server.folder().join("peppers");
    std::fs::write(&file, pepper()).unwrap();
    server.start_changed(|command| reads(command, &file)).await;
    (server, file)
}

async fn logs(server: &TestServer, line: &str) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !server.log().contains(line) {
        assert!(Instant::now() < deadline, "{line}: {}", server.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The server is most likely another user than root, who rotates.
#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_file_stays_whose_it_was() {
    let (server, file) = with_a_file(Kind::Sqlite).await;
    // Only root may do this.
    let _is_root = chown(&file, Some(ANOTHER), Some(ANOTHER));
    std::fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    let whose = || {
        let found = file.metadata().unwrap();
        (found.uid(), found.gid(), found.mode())
    };
    let before = whose();
    let mut command = server.command();
    reads(&mut command, &file);
    let (code, printed) = run(command.args(["pepper", "rotate"]));
    assert_eq!(code, 0, "{printed}");
    assert_eq!(whose(), before);
}

/// Somebody who is told that it failed does it once more.
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_cannot_be_printed_is_done_all_the_same() {
    let (server, file) = with_a_file(Kind::Sqlite).await;
    let mut command = server.command();
    reads(&mut command, &file);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let done = command.args(["pepper", "rotate"]).stdout(full).output();
    let done = done.unwrap();
    let errors = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(0), "{errors}");
    assert!(errors.contains("that cannot be printed"), "{errors}");
    let peppers = std::fs::read_to_string(&file).unwrap();
    assert_eq!(peppers.split(',').count(), 2);
}

/// What a start could not read is not written.
#[test]
fn a_file_does_not_grow_beyond_what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("peppers");
    let peppers = vec![pepper(); 1_008].join(",");
    assert!(peppers.len() < 65_536);
    std::fs::write(&file, &peppers).unwrap();
    let mut command = crate::support::command(folder.path());
    reads(&mut command, &file);
    let (code, printed) = run(command.args(["pepper", "rotate"]));
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("too many peppers"), "{printed}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), peppers);
}

/// A pipe that nobody writes would be waited for without end, and with it all else.
#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_in_place_of_the_file_stops_nothing() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (server, file) = with_a_file(kind).await;
        let client = Client::new(&server);
        std::fs::remove_file(&file).unwrap();
        assert!(
            Command::new("mkfifo")
                .arg(&file)
                .status()
                .unwrap()
                .success()
        );
        server.signal(Signal::HUP);
        logs(&server, "is no file that can be read again").await;
        let key = client.create_key("ci").await;
        let key = key["value"].as_str().unwrap();
        assert_eq!(client.verify(key, "m").await, 200, "{kind}");
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, pepper()).unwrap();
        server.signal(Signal::HUP);
        logs(&server, "read the pepper again").await;
    }
}
