//! Whether a reader takes a time that grows with the length of its text.

use rustix::time::{ClockId, clock_gettime};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::LazyLock,
    time::Duration,
};

/// How long the longer of two texts is, in bytes.
const LENGTH: usize = 32 * 1_024;
/// How many times as long it is as the shorter one.
const TIMES: usize = 4;
/// How many times as long a linear reader may take for it, and a slower one does not:
/// it takes 16 times as long.
const TIMES_AT_MOST: u32 = 9;
/// The processor time that harms nobody, and is too short to be compared.
const HARMLESS: Duration = Duration::from_millis(5);
/// How often both are measured before the least of each is judged: the machine may do
/// something else, too.
const TRIES: usize = 12;
/// One text in so many is measured.
const ONE_IN: u64 = 256;

/// Whether a corpus is made, in which an input is kept for what it reaches itself.
static IS_MERGE: LazyLock<bool> =
    LazyLock::new(|| std::env::args().any(|one| one.contains("merge")));

/// Measures a reader with two texts made of this one, for some texts: a part of it is
/// repeated.
///
/// # Panics
///
/// When the time that the reader takes grows with more than the length.
pub(crate) fn must_be_linear(text: &[u8], read: impl Fn(&[u8])) {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let hash = hasher.finish();
    if text.is_empty() || !hash.is_multiple_of(ONE_IN) || *IS_MERGE {
        return;
    }
    let texts = [LENGTH / TIMES, LENGTH].map(|length| pumped(text, length, hash / ONE_IN));
    let mut least = [Duration::MAX; 2];
    for _ in 0..TRIES {
        for (least, text) in least.iter_mut().zip(&texts) {
            *least = time_of(|| read(text)).min(*least);
        }
        let [short, long] = least;
        if long < HARMLESS || long < short.saturating_mul(TIMES_AT_MOST) {
            return;
        }
    }
    let [short, long] = &texts;
    panic!(
        "{} bytes take {least:?}, and {} bytes the second: {:?} …",
        short.len(),
        long.len(),
        String::from_utf8_lossy(&long[..long.len().min(200)]),
    );
}

/// Returns the processor time of this thread that a call takes.
fn time_of(call: impl FnOnce()) -> Duration {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        let seconds = Duration::from_secs(time.tv_sec.unsigned_abs());
        seconds + Duration::from_nanos(time.tv_nsec.unsigned_abs())
    };
    let before = now();
    call();
    now().saturating_sub(before)
}

/// Returns a text with a part of it, chosen by a number, repeated up to a length.
fn pumped(text: &[u8], length: usize, number: u64) -> Vec<u8> {
    let places = text.len() as u64 + 1;
    let place = |number: u64| usize::try_from(number % places).unwrap_or(0);
    let (one, other) = (place(number), place(number / places));
    let (from, to) = (one.min(other), one.max(other));
    let (from, to) = if from == to {
        (0, text.len())
    } else {
        (from, to)
    };
    let mut long = text[..from].to_vec();
    while long.len() + text.len() < length {
        long.extend_from_slice(&text[from..to]);
    }
    long.extend_from_slice(&text[to..]);
    long
}
