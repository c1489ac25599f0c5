//! Refused keys of several kinds, timed one by one in random order.

use std::time::Instant;

use anyhow::Result;
use xtask_harness::random::scattered;
use xtask_programs::interruption;

use crate::keys::{write_malformed, write_unknown, write_wrong_secret};
use crate::load::client::Client;

/// How many answers of each kind come before those that count.
const WARM_UP: usize = 500;

/// What is refused, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// No key has this access key.
    Unknown,
    /// The same, once more: whatever distinguishes it from itself is noise.
    UnknownToo,
    /// A key has this access key and another secret.
    WrongSecret,
    /// No key can look like that.
    Malformed,
}

/// All kinds, each at its number.
const KINDS: [Kind; 4] = [
    Kind::Unknown,
    Kind::UnknownToo,
    Kind::WrongSecret,
    Kind::Malformed,
];

/// How long the answers took, in nanoseconds, and what they said.
#[derive(Default)]
pub(super) struct Timed {
    times: [Vec<f64>; KINDS.len()],
    /// The first answer, without its date.
    answer: Vec<u8>,
    /// How many of the later ones were other than the first.
    pub(super) different: usize,
}

// === impl Timed ===

impl Timed {
    /// Presents keys over one connection, about so many of each kind. There are
    /// so many stored keys whose access key is used with a wrong secret, and as
    /// many keys of the other kinds.
    pub(super) fn measure(client: &mut Client, of_each: usize, keys: u64) -> Result<Self> {
        let mut timed = Self::default();
        let mut answer = Vec::new();
        for number in 0..(of_each + WARM_UP) * KINDS.len() {
            let index = scattered(number as u64) as usize % KINDS.len();
            KINDS[index].write(number as u64 % keys, client.slot());
            let nanoseconds = exchange(client)?;
            if number < WARM_UP * KINDS.len() {
                continue;
            }
            timed.times[index].push(nanoseconds);
            strip_date(client.answer(), &mut answer);
            if timed.answer.is_empty() {
                timed.answer.clone_from(&answer);
            }
            timed.different += usize::from(timed.answer != answer);
        }
        Ok(timed)
    }

    /// Returns how long the answers to a kind took.
    pub(super) fn of(&self, kind: Kind) -> &[f64] {
        &self.times[kind as usize]
    }
}

// === impl Kind ===

impl Kind {
    fn write(self, number: u64, key: &mut [u8]) {
        match self {
            Self::Unknown | Self::UnknownToo => write_unknown(number, key),
            Self::WrongSecret => write_wrong_secret(number, key),
            Self::Malformed => write_malformed(number, key),
        }
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
