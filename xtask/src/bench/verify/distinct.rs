//! Many keys in random order, against few, and the memory that they take.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::bench::server::Server;
use crate::bench::statistics::Figures;
use crate::bench::table::{Aim, Table, number};
use crate::bench::usage::resident_kilobytes;
use crate::bench::verify::side::Side;
use crate::bench::verify::stage::{CONNECTIONS, HOT_KEYS, REST, Stage, each_once, in_random_order};
use crate::bench::verify::stock::Stock;

/// How long it may take to verify each key once.
const LIMIT: Duration = Duration::from_secs(600);

/// Room for a million keys and more, which the default has not.
const ROOM: (&str, &str) = ("APIKEY_CACHE_BYTES", "1073741824");

/// A server on some number of keys, all of them in memory.
struct Filled {
    server: Server,
    keys: u64,
    /// Bytes of memory that each key took.
    bytes_each: f64,
    /// Keys seen for the first time a second, meanwhile.
    first_seen_per_second: f64,
    side: Side,
}

/// Measures and prints.
pub(super) fn run(stage: &Stage<'_>, stocks: &[&Stock]) -> Result<()> {
    let few = Stock::make(stage, HOT_KEYS)?;
    let mut all = vec![Filled::prepare(stage, &few)?];
    for stock in stocks {
        all.push(Filled::prepare(stage, stock)?);
    }
    for _ in 0..stage.bench.extent.rounds {
        for filled in &mut all {
            let turn = stage.bench.extent.turn;
            let mut keys = in_random_order(filled.keys);
            let server = &filled.server;
            filled
                .side
                .measure(server, || stage.load(server, &mut keys, turn))?;
        }
    }
    println!("{}", table(stage, &all));
    all.into_iter().try_for_each(|filled| filled.server.stop())
}

// === impl Filled ===

impl Filled {
    /// Starts a server and verifies each key once.
    fn prepare(stage: &Stage<'_>, stock: &Stock) -> Result<Self> {
        let server = stage.serve(&stock.database, &[ROOM])?;
        let mut hot = in_random_order(HOT_KEYS.min(stock.keys));
        stage.load(&server, &mut hot, stage.bench.extent.turn / 4)?;
        let before = settled(&server)?;

        let started = Instant::now();
        stage.load(&server, &mut each_once(0..stock.keys), LIMIT)?;
        let first_seen_per_second = stock.keys as f64 / started.elapsed().as_secs_f64();
        let taken = settled(&server)?.saturating_sub(before);
        Ok(Self {
            server,
            keys: stock.keys,
            // The hot ones were in memory before.
            bytes_each: taken as f64 * 1024.0 / (stock.keys - HOT_KEYS) as f64,
            first_seen_per_second,
            side: Side::default(),
        })
    }

    fn name(&self) -> String {
        format!("{} keys", number(self.keys as f64, 0))
    }
}

/// Gives the kilobytes that a server takes once it has written what was used.
fn settled(server: &Server) -> Result<u64> {
    std::thread::sleep(REST);
    resident_kilobytes(server.process())
}

fn table(stage: &Stage<'_>, all: &[Filled]) -> Table {
    let subject = format!("/auth/verify, keys in random order, {CONNECTIONS} connections,");
    let mut table = Table::new(stage.bench.heading(&subject));
    for filled in all {
        filled.side.rows(&mut table, &filled.name());
    }
    let Some((hot, many)) = all.split_first() else {
        return table;
    };
    for filled in many {
        let name = filled.name();
        let of = |what: &str| format!("{name}: {what}");
        let ratio = filled.side.per_second.ratio_to(&hot.side.per_second);
        let label = of(&format!("ratio of rates to that of {}", hot.name()));
        table.aimed(&label, &ratio, 2, Aim::AtLeast(0.9));
        let ratio = filled.side.server_time.ratio_to(&hot.side.server_time);
        table.row(&of("ratio of processor times"), &ratio, 2);
        let each = Figures::from(filled.bytes_each);
        table.aimed(&of("memory each, bytes"), &each, 0, Aim::AtMost(250.0));
        let filling = Figures::from(filled.first_seen_per_second);
        table.row(&of("first seen per second"), &filling, 0);
    }
    table
}
