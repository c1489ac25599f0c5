//! GPUStack's own Python client, which knows nothing of this server. Its Python is named by
//! `APIKEY_TEST_GPUSTACK_PYTHON`; `cargo xtask test` sets it. Without it the tests fail.

use crate::support::{Kind, TestServer};
use std::process::Command;
use xtask_harness::server::ADMIN_PASSWORD;
use xtask_programs::{environment, gpustack_client};

#[tokio::test]
async fn every_method_of_gpustacks_client_passes_on_sqlite() {
    call_all(Kind::Sqlite).await;
}

#[tokio::test]
async fn every_method_of_gpustacks_client_passes_on_postgres() {
    call_all(Kind::Postgres).await;
}

async fn call_all(kind: Kind) {
    let Some(python) = environment::variable(gpustack_client::PYTHON) else {
        panic!(
            "{} is not set: run `cargo xtask test`",
            gpustack_client::PYTHON
        );
    };
    let server = TestServer::start(kind).await;
    let mut client = Command::new(python);
    client
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/server/gpustack_client/client.py"
        ))
        .arg(format!("http://{}", server.address))
        .args(["admin", ADMIN_PASSWORD])
        // It asks neither a proxy nor for the site packages of whoever runs the tests.
        .env("NO_PROXY", "*")
        .env("PYTHONNOUSERSITE", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let called = tokio::task::spawn_blocking(move || client.output());
    let output = called.await.unwrap().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}\n{errors}");
    assert!(
        printed.contains("Users: every method passes") && printed.contains("Keys: every method"),
        "{printed}"
    );
    println!("{printed}");
}
