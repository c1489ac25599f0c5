//! What a question adds to each request behind nginx.

mod nginx;

use std::fs;

use anyhow::Result;
use xtask_programs::gateways;
use xtask_programs::workspace::Workspace;

use crate::bench::Bench;
use crate::table::{Aim, Table};
use crate::variant::{Variant, take_turns};
use crate::verify::gateway::nginx::start;
use crate::verify::load::{HOT_KEYS, PATH, hot_keys};

pub(super) fn run(bench: &Bench, workspace: &Workspace) -> Result<()> {
    let program = gateways::nginx(workspace)?;
    let shipped = fs::read_to_string(workspace.root().join("docs/gateways/nginx.conf"))?;
    let dataset = hot_keys(bench)?;
    let empty = bench.serve_bare(&dataset.database, None)?;
    let server = bench.serve(&dataset.database, &[])?;
    let folder = tempfile::tempdir()?;
    let start = |asked| start(&program, &shipped, folder.path(), asked);
    let gateways = [
        start(None)?,
        start(Some(empty.address()))?,
        start(Some(server.address()))?,
    ];
    let mut variants = gateways
        .each_ref()
        .map(|gateway| Variant::new("", gateway, PATH, 1, HOT_KEYS));
    for variant in &variants {
        variant.warm_up(HOT_KEYS, bench.scale.turn / 4)?;
    }
    take_turns(&mut variants, bench.scale.rounds, bench.scale.turn)?;

    let subject = "Behind nginx as configured in docs/gateways, one connection,";
    let mut table = Table::new(bench.heading(subject));
    let medians = variants
        .each_ref()
        .map(|one| &one.measurements.median_latency);
    let [alone, empty, server] = medians;
    table.row("nginx that asks nobody, median, ms", alone, None);
    let (empty, server) = (empty.minus(alone), server.minus(alone));
    table.row("added by asking an empty handler, ms", &empty, None);
    table.row("added by asking the server, ms", &server, None);
    let ratio = server.ratio_to(&empty);
    table.row("ratio of what is added", ratio, Aim::AtMost(1.2));
    table.print()
}
