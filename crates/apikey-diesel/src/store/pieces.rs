//! Which rows of a list fit a piece, by their sizes.

use crate::rows::SizeRow;
use apikey_domain::listing::{self, Listed, PIECE_BYTES, PIECE_ENTRIES};

/// The ids of the rows to read now, and those of the others.
pub(super) struct Cut {
    pub(super) now: Vec<i64>,
    pub(super) rest: Vec<i64>,
}

/// Divides the rows of these sizes, which are in order.
pub(super) fn cut<S: SizeRow>(sizes: Vec<S>) -> Cut {
    let (now, rest) = listing::cut(sizes, S::text_bytes);
    let ids = |sizes: &[S]| sizes.iter().map(S::id).collect();
    Cut {
        now: ids(&now),
        rest: ids(&rest),
    }
}

/// Returns how many characters of each text may be read of that many rows at once,
/// along with their sizes: usually these are all, and no second statement is needed.
/// `None` if that many rows do not fit a piece in any case.
pub(super) fn characters_at_once(rows: u32) -> Option<i32> {
    let rows = rows as usize;
    // A character has up to four bytes.
    let most = PIECE_BYTES / 4 / rows.max(1);
    i32::try_from(most).ok().filter(|_| rows <= PIECE_ENTRIES)
}

/// How many bytes of texts one transaction deletes, unless they are those of one row.
const BATCH_BYTES: usize = 1024 * 1024;

/// Returns how many of the rows of these sizes one transaction deletes, at least one:
/// what it deletes is in memory for its events.
pub(super) fn fitting_batch<S: SizeRow>(sizes: &[S]) -> usize {
    let mut bytes = 0_usize;
    let is_full = |size: &S| {
        bytes = bytes.saturating_add(size.text_bytes());
        bytes > BATCH_BYTES
    };
    let fitting = sizes.iter().position(is_full).unwrap_or(sizes.len());
    fitting.max(1).min(sizes.len())
}

/// Returns those of these ids that one piece may have, and the others.
pub(super) fn candidates(ids: &[i64]) -> (&[i64], &[i64]) {
    // One more than fit, so that a piece is never taken for the last one.
    ids.split_at(ids.len().min(PIECE_ENTRIES + 1))
}

/// Divides the rows of these sizes, which are in any order, in the order of
/// `candidates`; `later` follow them.
pub(super) fn cut_as<S: SizeRow>(mut sizes: Vec<S>, candidates: &[i64], later: &[i64]) -> Cut {
    sizes.sort_by_key(|size| place(candidates, size.id()));
    let mut cut = cut(sizes);
    cut.rest.extend_from_slice(later);
    cut
}

/// Brings entries into the order of their ids.
pub(super) fn sorted_as<T: Listed>(
    mut items: Vec<T>,
    ids: &[i64],
    id: impl Fn(T::Id) -> i64,
) -> Vec<T> {
    items.sort_by_key(|item| place(ids, id(item.id())));
    items
}

fn place(ids: &[i64], id: i64) -> Option<usize> {
    ids.iter().position(|other| *other == id)
}
