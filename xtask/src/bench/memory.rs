//! Memory at rest, and with watchers.

mod watchers;

use std::time::Duration;

use anyhow::Result;

use crate::bench::Bench;
use crate::bench::http::{Connection, get};
use crate::bench::memory::watchers::Watchers;
use crate::bench::server::Server;
use crate::bench::statistics::Figures;
use crate::bench::table::{Aim, Table, number};
use crate::bench::tenant::{ADMIN, Tenant};
use crate::bench::usage::{peak_kilobytes, resident_kilobytes};

/// How long the server is left alone before its memory is looked at.
const REST: Duration = Duration::from_secs(2);

/// Measures and prints.
pub(super) fn run(bench: &Bench) -> Result<()> {
    let database = bench.block_on(bench.engine.create())?;
    let server = bench.serve(&database)?;
    let tenant = bench.block_on(Tenant::create(server.address(), "watcher"))?;
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

    let mut connection = Connection::open(server.address()).await?;
    let sign_in = get("/v2/users/me", ADMIN);
    connection.exchange(&sign_in).await?.expect_ok()?;
    let signed_in = at_rest(server).await?;
    let aim = Aim::AtMost(25.0);
    table.aimed(
        "at rest, after a sign-in, MB",
        &megabytes(signed_in),
        1,
        aim,
    );
    let peak = peak_kilobytes(server.process())?;
    table.row("most until then, MB", &megabytes(peak), 1);

    let count = bench.extent.watchers;
    let (watchers, opened_in) = Watchers::open(server.address(), tenant, count).await?;
    let with_watchers = at_rest(server).await?;
    let label = format!("with {} watchers, MB", number(f64::from(count), 0));
    table.row(&label, &megabytes(with_watchers), 1);
    let each = with_watchers.saturating_sub(signed_in) as f64 / f64::from(count);
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

/// Gives the kilobytes the server takes after a moment's rest.
async fn at_rest(server: &Server) -> Result<u64> {
    tokio::time::sleep(REST).await;
    resident_kilobytes(server.process())
}

fn megabytes(kilobytes: u64) -> Figures {
    Figures::from(kilobytes as f64 / 1024.0)
}
