//! What a reader saw of the commits.

/// Which transactions had committed when something was read.
///
/// # Example
///
/// ```
/// use apikey_domain::change::snapshot::Snapshot;
///
/// let snapshot = Snapshot { open_from: 5, unborn_from: 8, open: vec![5, 6] };
/// assert!(snapshot.holds(4) && snapshot.holds(7));
/// assert!(!snapshot.holds(5) && !snapshot.holds(8));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// All lower transactions had ended.
    pub open_from: i64,
    /// This one and all higher ones had not begun, or not ended.
    pub unborn_from: i64,
    /// Those between the two that were under way.
    pub open: Vec<i64>,
}

// === impl Snapshot ===

impl Snapshot {
    /// What a reader saw where one transaction commits after the other, and the
    /// next one will be `next`.
    pub fn in_order(next: i64) -> Self {
        Self {
            open_from: next,
            unborn_from: next,
            open: Vec::new(),
        }
    }

    /// Whether what this transaction wrote, if it committed, was seen.
    pub fn holds(&self, transaction: i64) -> bool {
        transaction < self.open_from
            || (transaction < self.unborn_from && !self.open.contains(&transaction))
    }
}
