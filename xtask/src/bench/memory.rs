//! Memory at rest, and with watchers.

mod watchers;

use std::time::Duration;

use anyhow::{Result, bail};

use crate::bench::Bench;
use crate::bench::http::{Authorization, Connection, get};
use crate::bench::memory::watchers::Watchers;
use crate::bench::server::Server;
use crate::bench::statistics::Figures;
use crate::bench::table::{Aim, Table, number};
use crate::bench::tenant::{ADMIN, Tenant, password_of};
use crate::bench::usage::{peak_kilobytes, resident_kilobytes};

/// How long the server is left alone before its memory is looked at.
const REST: Duration = Duration::from_secs(2);

/// How many files xtask opens beside its watchers, at the most.
const OTHER_FILES: u32 = 100;

/// Who sign in one after the other.
const USERNAMES: [&str; 4] = ["ada", "barbara", "grace", "radia"];

/// Measures and prints.
pub(super) fn run(bench: &Bench) -> Result<()> {
    let watchers = bench.extent.watchers;
    let limit = rlimit::increase_nofile_limit(u64::MAX)?;
    if limit < u64::from(watchers + OTHER_FILES) {
        bail!("{watchers} watchers are too many where {limit} files can be open");
    }
    let database = bench.block_on(bench.engine.create())?;
    let server = bench.serve(&database)?;
    let tenant = bench.block_on(async {
        for username in USERNAMES {
            Tenant::create(server.address(), username).await?;
        }
        Tenant::create(server.address(), "watcher").await
    })?;
    server.stop()?;

    // A server of its own, which has hashed no more than it says.
    let server = bench.serve(&database)?;
    let table = bench.block_on(measure(bench, &server, &tenant))?;
    println!("{table}");
    server.stop()
}

async fn measure(bench: &Bench, server: &Server, tenant: &Tenant) -> Result<Table> {
    let mut table = Table::new(bench.heading("Memory"));
    let started = at_rest(server).await?;
    table.row("after the start, MB", &megabytes(started), 1);

    sign_in(server, ADMIN).await?;
    let aim = Aim::AtMost(25.0);
    let signed_in = megabytes(at_rest(server).await?);
    table.aimed("at rest, after a sign-in, MB", &signed_in, 1, aim);
    for username in USERNAMES {
        sign_in(server, password_of(username)).await?;
    }
    // What hashing took and did not give back shows only now.
    let without_watchers = at_rest(server).await?;
    let label = format!("at rest, after {} more, MB", USERNAMES.len());
    table.aimed(&label, &megabytes(without_watchers), 1, aim);
    let peak = peak_kilobytes(server.process())?;
    table.row("most until then, MB", &megabytes(peak), 1);

    let count = bench.extent.watchers;
    let (watchers, opened_in) = Watchers::open(server.address(), tenant, count).await?;
    let with_watchers = at_rest(server).await?;
    let label = format!("with {} watchers, MB", number(f64::from(count), 0));
    table.row(&label, &megabytes(with_watchers), 1);
    let each = with_watchers.saturating_sub(without_watchers) as f64 / f64::from(count);
    table.aimed("each watcher, KB", &each.into(), 1, Aim::AtMost(25.0));
    let opened = f64::from(count) / opened_in.as_secs_f64();
    table.row("watchers opened per second", &opened.into(), 0);

    let spread = watchers.tell(server.address(), tenant).await?;
    let answered = spread.answered.as_secs_f64() * 1e3;
    table.row("a change is answered after, ms", &answered.into(), 1);
    let last = spread.last.as_secs_f64() * 1e3;
    table.row("and is with the last watcher after, ms", &last.into(), 1);
    Ok(table)
}

/// Signs in with a password, which the server has to hash.
async fn sign_in(server: &Server, password: Authorization<'_>) -> Result<()> {
    let mut connection = Connection::open(server.address()).await?;
    let request = get("/v2/users/me", password);
    connection.exchange(&request).await?.expect_ok().map(drop)
}

/// Gives the kilobytes the server takes after a moment's rest.
async fn at_rest(server: &Server) -> Result<u64> {
    tokio::time::sleep(REST).await;
    resident_kilobytes(server.process())
}

fn megabytes(kilobytes: u64) -> Figures {
    Figures::from(kilobytes as f64 / 1024.0)
}
