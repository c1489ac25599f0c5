//! How many subscriptions there may be.

/// How many subscriptions a hub has at once at most.
///
/// # Example
///
/// ```
/// use apikey_domain::change::hub::HubBounds;
///
/// let bounds = HubBounds::in_all(20_000);
/// assert_eq!((bounds.per_user, bounds.per_principal), (20_000, 20_000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HubBounds {
    /// All together.
    pub in_all: usize,
    /// Those of one user.
    pub per_user: usize,
    /// Those on behalf of one principal.
    pub per_principal: usize,
}

// === impl HubBounds ===

impl HubBounds {
    /// Bounds all together, and nobody by themselves.
    pub fn in_all(bound: usize) -> Self {
        Self {
            in_all: bound,
            per_user: bound,
            per_principal: bound,
        }
    }
}
