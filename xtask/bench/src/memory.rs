//! Memory at rest, and with watchers.

use crate::{
    bench::Bench,
    table::{Aim, Table, count},
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::time::Duration;
use xtask_harness::{
    client::Client,
    request::{Credentials, Request},
    server::{ADMIN, Server},
    usage::{allow_many_files, resident_megabytes},
};

/// How long the server is left alone before its memory is looked at.
const REST: Duration = Duration::from_secs(2);

/// Who sign in one after the other.
const USERNAMES: [&str; 4] = ["ada", "barbara", "grace", "radia"];
const PASSWORD: &str = "Bench_Us3r!";

pub(crate) fn run(bench: &Bench) -> Result<()> {
    allow_many_files()?;
    let database = bench.block_on(bench.engine.create())?;
    let server = bench.serve(&database, &[])?;
    for username in USERNAMES {
        let user = json!({"username": username, "password": PASSWORD});
        ask(bench, &server, &Request::post("/v2/users", &user).by(ADMIN))?;
    }
    let key = json!({"name": "watched", "scope": ["management"]});
    let create = Request::post("/v2/api-keys", &key).by(ADMIN);
    let key = ask(bench, &server, &create)?;
    let key = key["value"].as_str().context("a new key has no value")?;
    server.stop()?;

    // A server of its own, which has hashed no more than it says.
    let server = bench.serve(&database, &[])?;
    measure(bench, &server, key)?.print()?;
    server.stop()
}

fn measure(bench: &Bench, server: &Server, key: &str) -> Result<Table> {
    let process = server.process();
    let mut table = Table::new(bench, "Memory");
    table.row("after the start, MB", at_rest(process)?, None);

    let aim = Aim::AtMost(25.0);
    // The server has to hash a password that it sees for the first time.
    let sign_in = |user| ask(bench, server, &Request::get("/v2/users/me").by(user));
    sign_in(ADMIN)?;
    table.row("at rest, after a sign-in, MB", at_rest(process)?, aim);
    for username in USERNAMES {
        sign_in(Credentials::Password(username, PASSWORD))?;
    }
    // What hashing took and did not give back shows only now.
    let without_watchers = at_rest(process)?;
    let label = format!("at rest, after {} more, MB", USERNAMES.len());
    table.row(label, without_watchers, aim);

    let number = bench.scale.watchers;
    let client = Client::new(server.address())?;
    let watch = Request::get("/v2/api-keys?watch=true").by(Credentials::Key(key));
    let mut watchers = Vec::new();
    for _ in 0..number {
        let mut watcher = bench.block_on(client.stream(&watch))?;
        let first = bench.block_on(watcher.chunk())?;
        first.context("a stream has ended")?;
        watchers.push(watcher);
    }
    let with_watchers = at_rest(process)?;
    let label = format!("with {} watchers, MB", count(number as u64));
    table.row(label, with_watchers, None);
    let each = (with_watchers - without_watchers) * 1024.0 / number as f64;
    table.row("each watcher, KB", each, Aim::AtMost(25.0));
    Ok(table)
}

fn ask(bench: &Bench, server: &Server, request: &Request) -> Result<Value> {
    let client = Client::new(server.address())?;
    let answer = bench.block_on(client.send(request))?;
    answer.expect_ok()
}

/// Returns the megabytes that a process takes after a moment's rest.
fn at_rest(process: u32) -> Result<f64> {
    std::thread::sleep(REST);
    resident_megabytes(process)
}
