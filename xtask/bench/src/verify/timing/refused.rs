//! Refused keys of several kinds, timed one by one in random order.

use std::time::Instant;

use anyhow::Result;
use xtask_harness::random::scattered;
use xtask_programs::interruption;

use crate::load::client::Client;

/// Writes the key of a number.
pub(super) type WriteKey = fn(u64, &mut [u8]);

/// How many kinds of keys are compared.
const KINDS: usize = 4;

/// How many answers of each kind come before those that count.
const WARM_UP: usize = 500;

/// How long the answers to each kind took, and what they said.
#[derive(Default)]
pub(super) struct Timed {
    /// How long each answer took.
    pub(super) nanoseconds: [Vec<f64>; KINDS],
    /// How many answers were other than the first.
    pub(super) different: usize,
    /// The first answer, without its date.
    answer: Vec<u8>,
}

// === impl Timed ===

impl Timed {
    /// Presents keys over one connection, about so many of each kind, which differ
    /// in how the key of a number is written. There are so many numbers; all have
    /// a stored key.
    pub(super) fn measure(
        client: &mut Client,
        write: [WriteKey; KINDS],
        of_each: usize,
        numbers: u64,
    ) -> Result<Self> {
        let mut timed = Self::default();
        let mut answer = Vec::new();
        for number in 0..(of_each + WARM_UP) * KINDS {
            let kind = scattered(number as u64) as usize % KINDS;
            write[kind](number as u64 % numbers, client.slot());
            let nanoseconds = exchange(client)?;
            if number < WARM_UP * KINDS {
                continue;
            }
            timed.nanoseconds[kind].push(nanoseconds);
            strip_date(client.answer(), &mut answer);
            if timed.answer.is_empty() {
                timed.answer.clone_from(&answer);
            }
            timed.different += usize::from(timed.answer != answer);
        }
        Ok(timed)
    }
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

/// Copies an answer without its date.
fn strip_date(answer: &[u8], into: &mut Vec<u8>) {
    into.clear();
    for line in answer.split_inclusive(|byte| *byte == b'\n') {
        let name = line.get(..5).unwrap_or_default();
        if !name.eq_ignore_ascii_case(b"date:") {
            into.extend_from_slice(line);
        }
    }
}
