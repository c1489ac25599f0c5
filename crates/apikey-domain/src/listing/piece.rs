//! Cutting lists into pieces of bounded size.
//!
//! One row may hold tens of kilobytes, and a page a thousand rows. So no list is
//! read as a whole: a store returns as many entries as fit [`PIECE_BYTES`], and the
//! ids of the others, which the reader asks for once it has passed on the former.

/// How many bytes of entries a piece has at most, unless it is a single entry.
pub const PIECE_BYTES: usize = 64 * 1024;

/// What an entry counts beside its texts: numbers, instants and field names.
const ENTRY_BYTES: usize = 400;

/// How many entries a piece has at most.
pub const PIECE_ENTRIES: usize = PIECE_BYTES / ENTRY_BYTES;

/// An entry of a list.
///
/// # Example
///
/// ```
/// use apikey_domain::listing::{Listed, Piece};
///
/// struct Note(u64, String);
///
/// impl Listed for Note {
///     type Id = u64;
///
///     fn id(&self) -> u64 {
///         self.0
///     }
///
///     fn text_bytes(&self) -> usize {
///         self.1.len()
///     }
/// }
///
/// let notes = (1..=3).map(|id| Note(id, "x".repeat(30_000))).collect();
/// let piece = Piece::of(notes);
/// assert_eq!((piece.items.len(), piece.rest), (2, vec![3]));
/// ```
pub trait Listed {
    /// What identifies it in its list.
    type Id: Copy + std::fmt::Debug + PartialEq + Eq + Send + Sync + 'static;

    /// Returns its id.
    fn id(&self) -> Self::Id;

    /// Returns how many bytes its texts have together.
    fn text_bytes(&self) -> usize;
}

/// The next entries of a list, as many as fit a piece, and the ids of the others.
///
/// # Example
///
/// ```
/// use apikey_domain::{listing::Piece, testing::fixture};
///
/// let keys = (1..=1_000).map(|id| fixture::api_key(id, "ci")).collect();
/// let piece = Piece::of(keys);
/// assert!(piece.items.len() < 1_000);
/// assert_eq!(piece.items.len() + piece.rest.len(), 1_000);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece<T: Listed> {
    /// The entries, in order.
    pub items: Vec<T>,
    /// The ids of the entries that follow them, in order.
    pub rest: Vec<T::Id>,
}

impl<T: Listed> Piece<T> {
    /// Cuts the first piece from a list that consists of these entries.
    pub fn of(entries: Vec<T>) -> Self {
        let (items, rest) = cut(entries, T::text_bytes);
        Self {
            items,
            rest: rest.iter().map(T::id).collect(),
        }
    }
}

/// Divides a list into the entries that fit a piece, at least one, and the others.
/// `text_bytes` returns how many bytes the texts of an entry have.
///
/// # Example
///
/// ```
/// use apikey_domain::listing::cut;
///
/// let (piece, rest) = cut(vec![30_000, 30_000, 30_000], |bytes| *bytes);
/// assert_eq!((piece.len(), rest.len()), (2, 1));
/// let (piece, rest) = cut(vec![1_000_000, 1], |bytes| *bytes);
/// assert_eq!((piece.len(), rest.len()), (1, 1));
/// ```
pub fn cut<E>(mut entries: Vec<E>, text_bytes: impl Fn(&E) -> usize) -> (Vec<E>, Vec<E>) {
    let mut bytes = 0_usize;
    let is_full = |entry: &E| {
        bytes = bytes.saturating_add(ENTRY_BYTES + text_bytes(entry));
        bytes > PIECE_BYTES
    };
    let fitting = entries.iter().position(is_full).unwrap_or(entries.len());
    let rest = entries.split_off(fitting.max(1).min(entries.len()));
    (entries, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_cut_where_the_next_entry_would_not_fit() {
        let cut = |sizes: &[usize]| {
            let (piece, rest) = cut(sizes.to_vec(), |bytes| *bytes);
            (piece.len(), rest.len())
        };
        let whole = PIECE_BYTES - ENTRY_BYTES;
        assert_eq!(cut(&[]), (0, 0));
        assert_eq!(cut(&[whole]), (1, 0));
        assert_eq!(cut(&[whole + 1]), (1, 0));
        assert_eq!(cut(&[whole + 1, 0]), (1, 1));
        assert_eq!(cut(&[0, whole]), (1, 1));
        assert_eq!(cut(&[0, whole - ENTRY_BYTES]), (2, 0));
        assert_eq!(
            cut(&[usize::MAX - ENTRY_BYTES, usize::MAX - ENTRY_BYTES]),
            (1, 1)
        );
        assert_eq!(cut(&[0; 1_000]), (PIECE_ENTRIES, 1_000 - PIECE_ENTRIES));
    }
}
