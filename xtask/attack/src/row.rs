//! A row: what is done to servers, and on which databases.

use crate::{options::Databases, report::Checks, target::Attack};
use anyhow::Result;
use futures_util::future::LocalBoxFuture;
use std::time::Instant;
use xtask_harness::database::Kind;

/// A row, with its number and the databases it is for.
pub(crate) type Row = (
    u8,
    Databases,
    fn(&Attack) -> LocalBoxFuture<'_, Result<Checks>>,
);

/// Runs a row on one database.
pub(crate) async fn run((number, _, row): &Row, attack: &Attack) -> (u8, Kind, Checks) {
    let kind = attack.engine.kind();
    let started = Instant::now();
    let checks = Checks::of(row(attack).await);
    let seconds = started.elapsed().as_secs_f64();
    println!("row {number} on {kind}: {seconds:.0} s");
    (*number, kind, checks)
}
