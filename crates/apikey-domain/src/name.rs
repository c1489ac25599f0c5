//! Names that people give to users, organizations and keys: which characters a new
//! one may hold, how names are searched, and which of them look alike.
//!
//! Names of before these rules stay as they are: each type of a name has a
//! constructor for what is stored already.

mod character;
mod dot;
mod emoji;
mod fold;
mod grams;
mod likeness;
mod rules;

pub use fold::{composed, fold, fold_of_before};
pub use grams::grams;
pub use likeness::Likeness;
pub use rules::shown;
pub(crate) use rules::{Joiners, new_name, plain_blanks};

/// Which rules made the texts that are derived from a name, [`fold`] and
/// [`Likeness::keys`]. A store that keeps them keeps this number beside them, and
/// renews what has a lower one.
pub const DERIVATION: i32 = 1;
