//! What a node tells the others of itself.

use apikey_domain::key::{digest::PepperId, pepper_order::PeerPeppers};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Between the ids of peppers.
const SEPARATOR: &str = ",";
/// What stands for all of them.
const ALL: &str = "*";

/// What a node tells the others of itself, shared by those who write its row.
#[derive(Clone, Default)]
pub(crate) struct Announcement(Arc<Mutex<Announced>>);

#[derive(Default)]
struct Announced {
    /// The row of the node; `None` where there are no others.
    row: Option<i64>,
    /// The peppers that it knows; `None` as long as it verifies no keys.
    peppers: Option<Vec<PepperId>>,
}

// === impl Announcement ===

impl Announcement {
    /// Sets the row of this node.
    #[cfg(feature = "postgres")]
    pub(crate) fn set_row(&self, row: i64) {
        self.lock().row = Some(row);
    }

    /// Returns the row of this node.
    pub(crate) fn row(&self) -> Option<i64> {
        self.lock().row
    }

    /// Returns the peppers that it knows.
    pub(crate) fn peppers(&self) -> Option<Vec<PepperId>> {
        self.lock().peppers.clone()
    }

    /// Sets the peppers that it knows.
    pub(crate) fn set_peppers(&self, peppers: Option<Vec<PepperId>>) {
        self.lock().peppers = peppers;
    }

    /// Returns them as they are stored.
    #[cfg(feature = "postgres")]
    pub(crate) fn stored_peppers(&self) -> String {
        stored(self.peppers().as_deref())
    }

    /// No code panics while it holds the lock, so poisoning can be ignored.
    fn lock(&self) -> MutexGuard<'_, Announced> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns as it is stored which peppers a node knows: text of hex digits and punctuation.
pub(crate) fn stored(peppers: Option<&[PepperId]>) -> String {
    let Some(ids) = peppers else {
        return ALL.to_owned();
    };
    let ids: Vec<_> = ids.iter().map(|id| id.to_text()).collect();
    ids.join(SEPARATOR)
}

/// Reads what another node stored. What cannot be read is of a later release, which may do
/// what this one does not know.
#[cfg_attr(
    not(feature = "postgres"),
    expect(dead_code, reason = "SQLite has no nodes")
)]
pub(crate) fn parsed(stored: Option<&str>) -> PeerPeppers {
    match stored {
        Some(ALL) => PeerPeppers::VerifiesNothing,
        Some(ids) => {
            let ids: Option<_> = ids.split(SEPARATOR).map(PepperId::parse).collect();
            ids.map_or(PeerPeppers::Unsaid, PeerPeppers::These)
        }
        None => PeerPeppers::Unsaid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::testing::fixture::pepper_id;

    #[test]
    fn what_a_node_announces_is_read_by_others() {
        let ids = vec![pepper_id(1), pepper_id(2)];
        let announcement = Announcement::default();
        assert_eq!(stored(announcement.peppers().as_deref()), "*");
        announcement.set_peppers(Some(ids.clone()));
        let text = stored(announcement.peppers().as_deref());
        assert_eq!(parsed(Some(&text)), PeerPeppers::These(ids));
        assert_eq!(parsed(Some("*")), PeerPeppers::VerifiesNothing);
        for unsaid in [None, Some(""), Some("01010101;02020202")] {
            assert_eq!(parsed(unsaid), PeerPeppers::Unsaid);
        }
    }
}
