//! Whether refused keys can be told apart from outside, by what is answered or
//! by when.

mod refused;
mod welch;

use anyhow::Result;

use crate::bench::Bench;
use crate::dataset::Dataset;
use crate::keys::{write_malformed, write_unknown, write_wrong_secret};
use crate::load::client::Client;
use crate::load::template::Template;
use crate::table::{Aim, Table, count};
use crate::verify::load::PATH;
use crate::verify::timing::refused::{Timed, WriteKey};
use crate::verify::timing::welch::Comparison;

/// The t beyond which two samples are of different things, as dudect has it.
const T: f64 = 4.5;

/// The kinds of keys, and how each is written. All are compared with the first:
/// with the second, which is the same, it is noise.
const KINDS: [(&str, WriteKey, Option<Aim>); 4] = [
    ("unknown", write_unknown, None),
    ("unknown (noise)", write_unknown, None),
    ("wrong secret", write_wrong_secret, Some(Aim::AtMost(T))),
    ("malformed", write_malformed, Some(Aim::AtMost(T))),
];

pub(super) fn run(bench: &Bench, dataset: &Dataset) -> Result<()> {
    let of_each = bench.scale.timed_answers;
    let server = bench.serve(&dataset.database, &[])?;
    let mut client = Client::open(server.address(), &Template::get(PATH))?;
    let subject = format!(
        "/auth/verify, refused keys of the same length, {} of each kind on one connection,",
        count(of_each as u64)
    );
    let mut table = Table::new(bench.heading(&subject));
    for (keys, number) in [
        ("each another key", dataset.keys),
        ("the same keys again", 1),
    ] {
        let write = KINDS.map(|(_, write, _)| write);
        let timed = Timed::measure(&mut client, write, of_each, number)?;
        for ((name, _, aim), times) in KINDS.iter().zip(&timed.nanoseconds).skip(1) {
            let found = Comparison::of(&timed.nanoseconds[0], times);
            let label = format!("{keys}: t of unknown against {name}");
            table.row(label, found.t.abs(), *aim);
            let label = format!("{keys}: how much longer unknown takes than {name}, ns");
            table.row(label, found.difference, None);
        }
        let label = format!("{keys}: answers that are not the same byte for byte");
        table.row(label, timed.different as f64, Aim::AtMost(0.0));
    }
    table.print()
}
