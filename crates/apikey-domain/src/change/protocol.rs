//! What the nodes that share a database must know of each other's changes.

/// Which changes a node knows. Nodes of several releases may share a database while they
/// are upgraded. A change that ends a right in a way that one of them does not know is
/// refused until then, and what is said of keys waits.
///
/// # Example
///
/// ```
/// use apikey_domain::change::{Change, KeyEvent, Protocol};
/// use apikey_domain::testing::fixture;
///
/// let deleted = Change::Key(KeyEvent::Deleted(fixture::api_key(7, "ci")));
/// assert_eq!(deleted.protocol(), Protocol::FIRST);
/// assert!(Protocol::FIRST < Protocol::CURRENT);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Protocol(i64);

impl Protocol {
    /// Keys, users, organizations and memberships lose rights or are deleted.
    pub const FIRST: Self = Self(1);
    /// Keys are disabled, revoked, renamed and rotated, and expire earlier than they did.
    pub const WITHDRAWALS: Self = Self(2);
    /// It is said when keys expire. An earlier node takes an event of a kind that it does not
    /// know for the loss of all rights, and ends every stream.
    pub const NOTICES: Self = Self(3);
    /// Keys have digests of other services. An earlier node takes the row of such a key for
    /// a corrupt one, and refuses it: such keys are not stored before all nodes know them.
    pub const FOREIGN_DIGESTS: Self = Self(4);
    /// That of this release.
    pub const CURRENT: Self = Self::FOREIGN_DIGESTS;

    /// Returns its number, which grows with each release that knows more.
    pub fn number(self) -> i64 {
        self.0
    }
}
