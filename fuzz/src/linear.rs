//! Whether a reader takes a time that grows with the length of its text.

use rustix::time::{ClockId, clock_gettime};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::LazyLock,
    time::Duration,
};

/// How long the texts are that are measured, in bytes.
const LENGTH: usize = 32 * 1_024;
/// How much processor time such a text may take: some hundred times what it takes, and
/// less than a step for each pair of its bytes.
const LIMIT: Duration = Duration::from_millis(150);
/// One text in so many is measured.
const ONE_IN: u64 = 256;

/// Whether a corpus is made, in which an input is kept for what it reaches itself.
static IS_MERGE: LazyLock<bool> =
    LazyLock::new(|| std::env::args().any(|one| one.contains("merge")));

/// Measures a reader with a long text made of this one, for some texts: a part of it
/// is repeated.
///
/// # Panics
///
/// When the reader takes longer than any linear one.
pub(crate) fn must_be_linear(text: &[u8], read: impl Fn(&[u8])) {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let hash = hasher.finish();
    if text.is_empty() || !hash.is_multiple_of(ONE_IN) || *IS_MERGE {
        return;
    }
    let long = pumped(text, hash / ONE_IN);
    // The least of several: caches may be cold, and the machine may do something else.
    let taken = (0..4).map(|_| time_of(|| read(&long))).find(within);
    assert!(
        taken.is_some(),
        "reading {} bytes takes more than {LIMIT:?}: {:?} …",
        long.len(),
        String::from_utf8_lossy(&long[..long.len().min(200)]),
    );
}

fn within(taken: &Duration) -> bool {
    *taken < LIMIT
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

/// Returns a text with a part of it repeated, chosen by a number.
fn pumped(text: &[u8], number: u64) -> Vec<u8> {
    let length = text.len() as u64;
    let within = |number: u64| usize::try_from(number % (length + 1)).unwrap_or(0);
    let (one, other) = (within(number), within(number / (length + 1)));
    let (from, to) = (one.min(other), one.max(other));
    let (from, to) = if from == to {
        (0, text.len())
    } else {
        (from, to)
    };
    let mut long = text[..from].to_vec();
    while long.len() + text.len() < LENGTH {
        long.extend_from_slice(&text[from..to]);
    }
    long.extend_from_slice(&text[to..]);
    long
}
