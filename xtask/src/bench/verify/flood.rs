//! Valid keys while others send keys that nobody has.

use anyhow::Result;

use crate::bench::load::Outcome;
use crate::bench::server::Server;
use crate::bench::statistics::Figures;
use crate::bench::table::{Aim, Table, number};
use crate::bench::usage::resident_kilobytes;
use crate::bench::verify::closed_loop::{self, Group};
use crate::bench::verify::keys::write_unknown;
use crate::bench::verify::side::Side;
use crate::bench::verify::stage::{CONNECTIONS, HOT_KEYS, Stage, in_random_order};
use crate::bench::verify::stock::Stock;

/// What the other half of the connections send.
enum Others {
    /// Keys that are in memory too.
    Valid,
    /// Keys that nobody has, each another one.
    Unknown,
}

/// Measures and prints.
pub(super) fn run(stage: &Stage<'_>) -> Result<()> {
    let stock = Stock::make(stage, HOT_KEYS)?;
    let server = stage.serve(&stock.database, &[])?;
    let mut keys = in_random_order(HOT_KEYS);
    stage.load(&server, &mut keys, stage.bench.extent.turn / 4)?;

    let (mut calm, mut flooded) = (Side::default(), Side::default());
    let mut unknown_rate = Figures::default();
    let mut unknown = 0;
    let mut before = None;
    for _ in 0..stage.bench.extent.rounds {
        calm.measure(&server, || {
            load(stage, &server, &Others::Valid, &mut unknown)
        })?;
        before = before.or(Some(resident_kilobytes(server.process())?));
        let outcomes = flooded.measure(&server, || {
            load(stage, &server, &Others::Unknown, &mut unknown)
        })?;
        outcomes.iter().skip(1).for_each(|others| {
            unknown_rate.add(others.per_second());
        });
    }
    let after = resident_kilobytes(server.process())?;

    let subject = format!(
        "/auth/verify, {CONNECTIONS} connections with valid keys beside {CONNECTIONS} others,"
    );
    let mut table = Table::new(stage.bench.heading(&subject));
    calm.rows(&mut table, "others valid too");
    flooded.rows(&mut table, "others unknown");
    table.row("unknown keys per second", &unknown_rate, 0);
    let ratio = flooded.per_second.ratio_to(&calm.per_second);
    let label = "ratio of valid requests per second";
    table.aimed(label, &ratio, 2, Aim::AtLeast(0.7));
    let megabytes = |kilobytes: u64| Figures::from(kilobytes as f64 / 1024.0);
    let before = megabytes(before.unwrap_or_default());
    table.row("memory before the first flood, MB", &before, 1);
    let label = format!(
        "memory after {} unknown keys, MB",
        number(unknown as f64, 0)
    );
    table.row(&label, &megabytes(after), 1);
    println!("{table}");
    server.stop()
}

fn load(
    stage: &Stage<'_>,
    server: &Server,
    others: &Others,
    unknown: &mut u64,
) -> Result<Vec<Outcome>> {
    let mut valid = in_random_order(HOT_KEYS);
    let mut valid_too = in_random_order(HOT_KEYS);
    let mut not_valid = |key: &mut [u8]| {
        *unknown += 1;
        write_unknown(*unknown, key);
        true
    };
    let mut groups = [
        Group {
            connections: CONNECTIONS,
            next_key: &mut valid,
            status: 200,
        },
        match others {
            Others::Valid => Group {
                connections: CONNECTIONS,
                next_key: &mut valid_too,
                status: 200,
            },
            Others::Unknown => Group {
                connections: CONNECTIONS,
                next_key: &mut not_valid,
                status: 401,
            },
        },
    ];
    let turn = stage.bench.extent.turn;
    closed_loop::run(server.address(), &stage.request, &mut groups, turn)
}
