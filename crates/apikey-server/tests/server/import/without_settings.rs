//! An import with the settings that a server has without any.

use super::Gpustack;
use crate::support::{program, run};
use std::process::Command;
use xtask_harness::server::{Server, free_address};

/// A server would miss the pepper of a database in which users are.
#[tokio::test(flavor = "multi_thread")]
async fn after_an_import_into_nothing_a_server_starts() {
    let gpustack = Gpustack::new().await;
    let folder = tempfile::tempdir().unwrap();
    let command = || {
        let mut command = Command::new(program());
        command.current_dir(folder.path()).env_clear();
        command
    };
    let import = || {
        let mut command = command();
        run(command.args(["import", "gpustack", "--from", gpustack.url()]))
    };
    let (code, printed) = import();
    assert_eq!(code, 0, "{printed}");
    let pepper = || std::fs::read(folder.path().join("data/pepper")).unwrap();
    let made = pepper();
    let (code, printed) = import();
    assert_eq!(code, 0, "{printed}");
    assert_eq!(pepper(), made);
    let log = folder.path().join("log");
    let mut server = Server::spawn(command(), free_address().unwrap(), log).unwrap();
    server.until_ready().await.unwrap();
    assert!(!folder.path().join("data/initial_admin_password").exists());
}
