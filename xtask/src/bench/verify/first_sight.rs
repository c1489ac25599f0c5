//! Keys that the server has never seen, against the bare read of their rows.

use std::time::Duration;

use anyhow::Result;

use crate::bench::server::{BareTask, Server};
use crate::bench::statistics::Figures;
use crate::bench::table::{Aim, Table};
use crate::bench::usage::ProcessorTimes;
use crate::bench::verify::side::Side;
use crate::bench::verify::stage::{CONNECTIONS, REST, Stage, from_number_on};
use crate::bench::verify::stock::Stock;

/// The figures of the rounds.
#[derive(Default)]
struct Rounds {
    bare: Side,
    server: Side,
    /// As the server's processor time, with the writing of what was used.
    whole_time: Figures,
}

/// Measures and prints. The server is started anew for each round; a round
/// goes on with the keys after those of the last, so that they were not used
/// for a while either.
pub(super) fn run(stage: &Stage<'_>, stock: &Stock) -> Result<()> {
    let bare = stage.serve_bare(&stock.database, BareTask::Read)?;
    let mut first = 0;
    let mut rounds = Rounds::default();
    for _ in 0..stage.bench.extent.rounds {
        measure(stage, stock, &bare, &mut rounds.bare, first)?;
        let server = stage.serve(&stock.database, &[])?;
        let before = ProcessorTimes::now(server.process())?;
        let seen = measure(stage, stock, &server, &mut rounds.server, first)?;
        std::thread::sleep(REST);
        let used = ProcessorTimes::now(server.process())?.since(before);
        let whole = used.server.as_secs_f64() * 1e6 / seen as f64;
        rounds.whole_time.add(whole);
        server.stop()?;
        first = (first + seen) % stock.keys;
    }
    println!("{}", rounds.table(stage));
    bare.stop()
}

/// Verifies keys for a turn, after a short while that does not count, and gives
/// how many there were in all.
fn measure(
    stage: &Stage<'_>,
    stock: &Stock,
    server: &Server,
    side: &mut Side,
    first: u64,
) -> Result<u64> {
    let mut seen = 0;
    let mut keys = from_number_on(first, stock.keys);
    let mut next_key = |key: &mut [u8]| {
        // The ones after that would not be new any more.
        let is_new = seen < stock.keys;
        seen += u64::from(is_new);
        is_new && keys(key)
    };
    let turn = stage.bench.extent.turn;
    let warm_up = turn.min(Duration::from_secs(4)) / 8;
    stage.load(server, &mut next_key, warm_up)?;
    side.measure(server, || stage.load(server, &mut next_key, turn))?;
    Ok(seen)
}

// === impl Rounds ===

impl Rounds {
    fn table(&self, stage: &Stage<'_>) -> Table {
        let subject =
            format!("/auth/verify, each key for the first time, {CONNECTIONS} connections,");
        let mut table = Table::new(stage.bench.heading(&subject));
        self.bare.rows(&mut table, "a handler that reads the row");
        self.server.rows(&mut table, "the server");
        let label = "the server: processor time each, with the recording of uses, µs";
        table.row(label, &self.whole_time, 2);
        let ratio = self.server.per_second.ratio_to(&self.bare.per_second);
        let label = "ratio of requests per second";
        table.aimed(label, &ratio, 2, Aim::AtLeast(0.8));
        let ratio = self.server.server_time.ratio_to(&self.bare.server_time);
        table.row("ratio of processor times", &ratio, 2);
        table
    }
}
