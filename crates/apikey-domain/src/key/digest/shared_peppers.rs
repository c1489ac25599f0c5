//! The peppers of a running service, which may be replaced.

use super::peppers::Peppers;
use arc_swap::{ArcSwap, Guard};
use std::{ops::Deref, sync::Arc};

/// The peppers of a running service. All clones share them, and whoever began to use them
/// goes on with those of that moment.
///
/// # Example
///
/// ```
/// use apikey_domain::key::digest::{Peppers, SharedPeppers};
///
/// let old = Peppers::from_hex(&"ab".repeat(32)).unwrap();
/// let [id] = old.ids()[..] else { panic!() };
/// let peppers = SharedPeppers::from(old);
/// let others = peppers.clone();
/// assert!(others.in_use().knows(id));
///
/// peppers.replace(Peppers::from_hex(&"cd".repeat(32)).unwrap());
/// assert!(!others.in_use().knows(id));
/// ```
#[derive(Clone)]
pub struct SharedPeppers(Arc<ArcSwap<Peppers>>);

/// The peppers that were in use when they were asked for. Not to be kept: there are only a
/// few that cost nothing.
///
/// # Example
///
/// ```
/// use apikey_domain::key::digest::{Peppers, SharedPeppers};
///
/// let peppers = SharedPeppers::from(Peppers::from_hex(&"ab".repeat(32)).unwrap());
/// let in_use = peppers.in_use();
/// assert_eq!(in_use.ids().len(), 1);
/// ```
pub struct PeppersInUse(Guard<Arc<Peppers>>);

// === impl SharedPeppers ===

impl SharedPeppers {
    /// Returns the peppers that are in use now.
    pub fn in_use(&self) -> PeppersInUse {
        PeppersInUse(self.0.load())
    }

    /// Lets everybody use other peppers from now on.
    pub fn replace(&self, peppers: Peppers) {
        self.0.store(Arc::new(peppers));
    }
}

impl From<Peppers> for SharedPeppers {
    fn from(peppers: Peppers) -> Self {
        Arc::new(peppers).into()
    }
}

impl From<Arc<Peppers>> for SharedPeppers {
    fn from(peppers: Arc<Peppers>) -> Self {
        Self(Arc::new(ArcSwap::new(peppers)))
    }
}

/// Shows only the ids of the peppers.
impl std::fmt::Debug for SharedPeppers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.in_use().fmt(formatter)
    }
}

// === impl PeppersInUse ===

impl Deref for PeppersInUse {
    type Target = Peppers;

    fn deref(&self) -> &Peppers {
        &self.0
    }
}
