//! A row: what is done to servers, and on which databases.

use crate::{options::Databases, report::Checks, target::Attack};
use anyhow::Result;
use futures_util::future::LocalBoxFuture;
use std::time::Instant;

/// A row, with its number and the databases it is for.
pub(crate) type Row = (
    u8,
    Databases,
    fn(&Attack) -> LocalBoxFuture<'_, Result<Checks>>,
);

/// A row that was run, and what came of it.
pub(crate) struct Done<'a> {
    pub(crate) row: &'a Row,
    pub(crate) attack: &'a Attack,
    pub(crate) checks: Checks,
}

/// Runs a row on one database.
pub(crate) async fn run<'a>(row: &'a Row, attack: &'a Attack) -> Done<'a> {
    let (number, _, act) = row;
    let kind = attack.engine.kind();
    let started = Instant::now();
    let checks = Checks::of(act(attack).await);
    let seconds = started.elapsed().as_secs_f64();
    println!("row {number} on {kind}: {seconds:.0} s");
    Done {
        row,
        attack,
        checks,
    }
}
