//! Memory at rest, and with watchers.

mod watchers;

use std::time::Duration;

use anyhow::Result;

use crate::bench::Bench;
use crate::bench::http::{Connection, get};
use crate::bench::memory::watchers::Watchers;
use crate::bench::server::Server;
use crate::bench::statistics::Figures;
use crate::bench::table::{Aim, Table};
use crate::bench::tenant::{ADMIN, Tenant};
use crate::bench::usage::{peak_kilobytes, resident_kilobytes};

/// How long the server is left alone before its memory is looked at.
const REST: Duration = Duration::from_secs(2);

/// Measures and prints.
pub(super) fn run(bench: &Bench) -> Result<()> {
    let database = bench.block_on(bench.engine.create())?;
    let server = bench.serve(&database)?;
    let table = bench.block_on(measure(bench, &server))?;
    println!("{table}");
    server.stop()
}

async fn measure(bench: &Bench, server: &Server) -> Result<Table> {
    let started = at_rest(server).await?;
    let mut connection = Connection::open(server.address()).await?;
    let sign_in = get("/v2/users/me", ADMIN);
    connection.exchange(&sign_in).await?.expect_ok()?;
    let signed_in = at_rest(server).await?;
    let peak = Figures::from(megabytes(peak_kilobytes(server.process())?));

    let tenant = Tenant::create(server.address(), "watcher").await?;
    let before = at_rest(server).await?;
    let watchers = bench.extent.watchers;
    let (watching, opened_in) = Watchers::open(server.address(), &tenant, watchers).await?;
    let with_watchers = at_rest(server).await?;
    let each = with_watchers.saturating_sub(before) as f64 / f64::from(watchers);
    let spread = watching.tell(server.address(), &tenant).await?;

    let mut table = Table::new(bench.heading("Memory"));
    table.row("after the start, MB", &Figures::from(megabytes(started)), 1);
    let at_rest = Figures::from(megabytes(signed_in));
    table.aimed(
        "at rest, after a sign-in, MB",
        &at_rest,
        1,
        Aim::AtMost(25.0),
    );
    table.row("most until then, MB", &peak, 1);
    let label = format!("with {watchers} watchers, MB");
    table.row(&label, &Figures::from(megabytes(with_watchers)), 1);
    table.aimed(
        "each watcher, KB",
        &Figures::from(each),
        1,
        Aim::AtMost(25.0),
    );
    let opened = f64::from(watchers) / opened_in.as_secs_f64();
    table.row("watchers opened per second", &Figures::from(opened), 0);
    let told = Figures::from(spread.last.as_secs_f64() * 1e3);
    table.row("a change is with the last of them after, ms", &told, 0);
    let answered = Figures::from(spread.answered.as_secs_f64() * 1e3);
    table.row("and was answered to who made it after, ms", &answered, 0);
    Ok(table)
}

/// Gives the kilobytes the server takes after a moment's rest.
async fn at_rest(server: &Server) -> Result<u64> {
    tokio::time::sleep(REST).await;
    resident_kilobytes(server.process())
}

fn megabytes(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1024.0
}
