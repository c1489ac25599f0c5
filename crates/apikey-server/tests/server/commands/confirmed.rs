//! What cannot be undone, on a terminal.

use super::{PASSWORD, on};
use crate::support::{Kind, TestServer};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::{
    fs::File,
    io::Write,
    process::{Output, Stdio},
};

/// Deletes a user on a terminal, on which somebody has typed an answer.
fn delete(server: &TestServer, answer: &str) -> Output {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let terminal = File::options()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    let mut keyboard = File::from(controller);
    writeln!(keyboard, "{answer}").unwrap();
    let mut command = server.command();
    command.args(["user", "delete", "alice"]).stdin(terminal);
    command.stdout(Stdio::piped()).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_deletes_is_asked_for_it() {
    let server = TestServer::start(Kind::Sqlite).await;
    assert_eq!(on(&server, &["user", "create", "alice"], PASSWORD).code, 0);
    for answer in ["n", "", "yess"] {
        let done = delete(&server, answer);
        let errors = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{errors}");
        assert!(
            errors.contains("Delete the user \"alice\" (id 2) and all their keys?"),
            "{errors}"
        );
        assert!(errors.contains("nothing was done"), "{errors}");
        assert_eq!(on(&server, &["user", "show", "alice"], "").code, 0);
    }
    let done = delete(&server, "y");
    assert_eq!(done.status.code(), Some(0));
    assert_eq!(
        String::from_utf8_lossy(&done.stdout),
        "deleted the user \"alice\" (id 2)\n"
    );
    assert_eq!(on(&server, &["user", "show", "alice"], "").code, 4);
}
