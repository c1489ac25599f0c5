//! Whether refused keys can be told apart from outside, by what is answered or
//! by when.

mod refused;
mod welch;

use anyhow::Result;

use crate::bench::statistics::Figures;
use crate::bench::table::{Aim, Table, number};
use crate::bench::verify::client::Client;
use crate::bench::verify::stage::Stage;
use crate::bench::verify::stock::Stock;
use crate::bench::verify::timing::refused::{KINDS, Kind, Repetition, Timed};
use crate::bench::verify::timing::welch::Comparison;

/// The t beyond which two samples are of different things, as dudect has it.
const T: f64 = 4.5;

/// What is compared with an unknown key.
const COMPARED: [(Kind, &str, Option<Aim>); 3] = [
    (Kind::UnknownToo, "unknown (noise)", None),
    (Kind::Wrong, "wrong secret", Some(Aim::AtMost(T))),
    (Kind::Malformed, "malformed", Some(Aim::AtMost(T))),
];

/// Measures and prints.
pub(super) fn run(stage: &Stage<'_>, stock: &Stock) -> Result<()> {
    let count = stage.bench.extent.timed_answers;
    let server = stage.serve(&stock.database, &[])?;
    let mut client = Client::open(server.address(), &stage.request)?;
    let mut measure = |repetition| Timed::measure(&mut client, repetition, count, stock.keys);
    let first = measure(Repetition::Another)?;
    let again = measure(Repetition::Same)?;

    let subject = format!(
        "/auth/verify, refused keys of the same length, {} of each kind on one connection,",
        number(count as f64, 0)
    );
    let mut table = Table::new(stage.bench.heading(&subject));
    rows(&mut table, "each another key", &first);
    rows(&mut table, "the same keys again", &again);
    let found = Comparison::of(first.of(Kind::Unknown), again.of(Kind::Wrong));
    let label = "how much longer another unknown key takes than the same wrong secret, ns";
    table.row(label, &found.apart.into(), 0);
    println!("{table}");
    server.stop()
}

fn rows(table: &mut Table, keys: &str, timed: &Timed) {
    for (kind, name, aim) in COMPARED {
        let found = Comparison::of(timed.of(Kind::Unknown), timed.of(kind));
        let label = format!("{keys}: |t| of unknown against {name}");
        let t = Figures::from(found.t.abs());
        match aim {
            None => table.row(&label, &t, 1),
            Some(aim) => table.aimed(&label, &t, 1, aim),
        }
        let label = format!("{keys}: how much longer unknown takes than {name}, ns");
        table.row(&label, &found.apart.into(), 0);
    }
    let different: usize = timed.different.iter().sum();
    let label = format!("{keys}: answers that are not the same byte for byte");
    let figures = Figures::from(different as f64);
    table.aimed(&label, &figures, 0, Aim::AtMost(0.0));
    for (kind, count) in KINDS.iter().zip(timed.different) {
        if count > 0 {
            let label = format!("{keys}: of them {kind:?}");
            table.row(&label, &Figures::from(count as f64), 0);
        }
    }
}
