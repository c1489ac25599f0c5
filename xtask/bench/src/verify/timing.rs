//! Whether refused keys can be told apart from outside, by what is answered or
//! by when.

mod welch;

use crate::{
    bench::Bench,
    dataset::Dataset,
    keys::{write_malformed, write_unknown, write_wrong_secret},
    load::{client::Client, template::Template},
    table::{Aim, Table, count},
    verify::{load::PATH, timing::welch::Comparison},
};
use anyhow::Result;
use std::time::Instant;
use xtask_harness::random::scattered;
use xtask_programs::interruption;

/// The t beyond which two samples are of different things, as dudect has it.
const T: f64 = 4.5;

/// How many answers of each kind come before those that count.
const WARM_UP: usize = 500;

/// Writes the key of a number.
type WriteKey = fn(u64, &mut [u8]);

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
    let mut table = Table::new(bench, &subject);
    for (keys, number) in [
        ("each another key", dataset.keys),
        ("the same keys again", 1),
    ] {
        let (times, different) = measure(&mut client, of_each, number)?;
        for ((name, _, aim), other) in KINDS.iter().zip(&times).skip(1) {
            let found = Comparison::of(&times[0], other);
            let label = format!("{keys}: t of unknown against {name}");
            table.row(label, found.t.abs(), *aim);
            let label = format!("{keys}: how much longer unknown takes than {name}, ns");
            table.row(label, found.difference, None);
        }
        let label = format!("{keys}: answers that are not the same byte for byte");
        table.row(label, different as f64, Aim::AtMost(0.0));
    }
    table.print()
}

/// Presents keys over one connection, about so many of each kind. There are so
/// many numbers; all have a stored key. Returns the nanoseconds of each kind's
/// answers, and how many answers were other than the first, dates aside.
fn measure(
    client: &mut Client,
    of_each: usize,
    numbers: u64,
) -> Result<([Vec<f64>; KINDS.len()], usize)> {
    let (mut nanoseconds, mut different) = (KINDS.map(|_| Vec::new()), 0);
    let mut first = None;
    for number in 0..(of_each + WARM_UP) * KINDS.len() {
        let kind = scattered(number as u64) as usize % KINDS.len();
        let (_, write, _) = KINDS[kind];
        write(number as u64 % numbers, client.request.slot());
        let time = exchange(client)?;
        if number >= WARM_UP * KINDS.len() {
            nanoseconds[kind].push(time);
            let answer = without_date(client.answer());
            different += usize::from(*first.get_or_insert_with(|| answer.clone()) != answer);
        }
    }
    Ok((nanoseconds, different))
}

/// Sends the request and returns the nanoseconds until its answer. It does not
/// sleep meanwhile: waking up takes longer than what is looked for.
fn exchange(client: &mut Client) -> Result<f64> {
    interruption::check()?;
    let sent = Instant::now();
    client.send()?;
    while !client.receive(401)? {}
    Ok(sent.elapsed().as_secs_f64() * 1e9)
}

fn without_date(answer: &[u8]) -> Vec<u8> {
    let lines = answer.split_inclusive(|byte| *byte == b'\n');
    let is_date = |line: &[u8]| line.len() > 5 && line[..5].eq_ignore_ascii_case(b"date:");
    lines
        .filter(|line| !is_date(line))
        .flatten()
        .copied()
        .collect()
}
