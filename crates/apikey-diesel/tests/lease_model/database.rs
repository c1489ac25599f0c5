//! The restart of the database, which affects all processes at once.

use crate::{
    fault::ProtocolFault,
    protocol::Protocol,
    state::{ClusterState, LeaseRow, ProcessStep, Renewal, Revocation},
};

/// Restarts the database after a crash. All connections are lost, with the statements
/// in progress on them. Commits are not lost. Renewals may be, since no process waits
/// until they are on disk: then a row has an earlier `renewal` again, and the next one
/// is assigned a second time.
///
/// A process that lost its connection acknowledges nothing that it read on it, and
/// discards what it has read of `nodes`.
pub(super) fn restart(
    protocol: &Protocol,
    state: &ClusterState,
    loses_renewals: bool,
) -> ClusterState {
    let remembers = protocol.has(ProtocolFault::RowsFromBeforeCrashCount);
    let mut next = *state;
    for slot in &mut next.slots {
        if !matches!(
            slot.process.step,
            ProcessStep::Absent | ProcessStep::Stopping
        ) {
            slot.process.step = ProcessStep::Idle;
        }
        slot.process.written = None;
        slot.process.applied = 0;
        slot.process.abandoned = None;
        if let Some(seen) = &mut slot.seen
            && loses_renewals
            && remembers
            && seen.is_current
        {
            seen.is_current = false;
            slot.process.next = Renewal::Remembered;
        }
        slot.row = slot.row.map(|row| LeaseRow {
            applied: if loses_renewals { 0 } else { row.applied },
            renewed: 0,
        });
        slot.seen = slot.seen.filter(|_| remembers);
    }
    next.reading_since = None;
    for revocation in &mut next.revocations {
        if let Revocation::Waiting { has_read, .. } = revocation {
            *has_read = false;
        }
    }
    next
}
