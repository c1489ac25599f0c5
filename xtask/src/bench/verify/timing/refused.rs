//! Refused keys of several kinds, timed one by one in random order.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::bench::scattered::scattered;
use crate::bench::verify::client::Client;
use crate::bench::verify::keys::{write_malformed, write_unknown, write_wrong};
use crate::interruption;

/// How many answers of each kind come before those that count.
const WARM_UP: usize = 500;

/// What is refused, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// No key has this access key.
    Unknown,
    /// The same, once more: what it is told apart from itself is noise.
    UnknownToo,
    /// A key has this access key and another secret.
    Wrong,
    /// No key can look like that.
    Malformed,
}

/// Whether keys come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repetition {
    /// The same key of each kind each time.
    Same,
    /// Each key is another one.
    Another,
}

/// How long the answers took, in nanoseconds, and what they said.
#[derive(Default)]
pub(super) struct Timed {
    times: [Vec<f64>; KINDS.len()],
    /// The first answer, without its date.
    answer: Vec<u8>,
    /// How many of the later ones were other than the first.
    pub(super) different: [usize; KINDS.len()],
}

/// All kinds.
pub(super) const KINDS: [Kind; 4] = [
    Kind::Unknown,
    Kind::UnknownToo,
    Kind::Wrong,
    Kind::Malformed,
];

// === impl Kind ===

impl Kind {
    /// Writes a key of the kind.
    fn write(self, number: u64, key: &mut [u8]) {
        match self {
            Self::Unknown | Self::UnknownToo => write_unknown(number, key),
            Self::Wrong => write_wrong(number, number, key),
            Self::Malformed => write_malformed(number, key),
        }
    }
}

// === impl Timed ===

impl Timed {
    /// Shows keys over one connection, about so many of each kind.
    ///
    /// # Errors
    ///
    /// When an answer is not 401.
    pub(super) fn measure(
        client: &mut Client,
        repetition: Repetition,
        of_each: usize,
        stored: u64,
    ) -> Result<Self> {
        let mut timed = Self::default();
        let total = (of_each + WARM_UP) * KINDS.len();
        let mut stripped = Vec::new();
        for number in 0..total as u64 {
            let index = (scattered(number) % KINDS.len() as u64) as usize;
            let shown = match repetition {
                Repetition::Same => 0,
                Repetition::Another => 1 + number % (stored - 1),
            };
            KINDS[index].write(shown, client.key());
            let nanoseconds = exchange(client)?;
            if number < (WARM_UP * KINDS.len()) as u64 {
                continue;
            }
            timed.times[index].push(nanoseconds);
            strip(client.answer(), &mut stripped);
            if timed.answer.is_empty() {
                timed.answer.clone_from(&stripped);
            }
            timed.different[index] += usize::from(timed.answer != stripped);
        }
        Ok(timed)
    }

    /// Gives how long the answers to a kind took.
    pub(super) fn of(&self, kind: Kind) -> &[f64] {
        &self.times[kind as usize]
    }
}

/// Sends the request and gives the nanoseconds until its answer. It does not
/// sleep meanwhile: waking up takes longer than what is looked for.
fn exchange(client: &mut Client) -> Result<f64> {
    interruption::check()?;
    let sent = Instant::now();
    client.send()?;
    let status = loop {
        if let Some(status) = client.receive()? {
            break status;
        }
    };
    let time = sent.elapsed();
    if status != 401 {
        let answer = String::from_utf8_lossy(client.answer());
        bail!("{status} and not 401: {answer}");
    }
    Ok(time.as_secs_f64() * 1e9)
}

/// Copies an answer without its date.
fn strip(answer: &[u8], into: &mut Vec<u8>) {
    into.clear();
    for line in answer.split_inclusive(|byte| *byte == b'\n') {
        let is_date = line
            .get(..5)
            .is_some_and(|name| name.eq_ignore_ascii_case(b"date:"));
        if !is_date {
            into.extend_from_slice(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_date_is_left_out() {
        let mut stripped = Vec::new();
        let answer = b"HTTP/1.1 401 U\r\ndate: x\r\ncontent-length: 1\r\n\r\na";
        strip(answer, &mut stripped);
        let expected: &[u8] = b"HTTP/1.1 401 U\r\ncontent-length: 1\r\n\r\na";
        assert_eq!(stripped, expected);
    }

    #[test]
    fn every_kind_has_its_place() {
        for (index, kind) in KINDS.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
        }
    }
}
