//! What happens to all at once when the database begins anew.

use crate::{
    fault::Fault,
    protocol::Protocol,
    state::{Renewal, Revocation, Row, State, Step},
};

/// Lets the database begin anew after a crash. All connections are lost, and
/// with them what was under way on them. Commits are not; renewals may be,
/// since nobody waits until they are on disk: then a row has a `renewal` again
/// that it had before, and the next one is given out a second time.
///
/// Who has lost a connection announces nothing that it read on it, and forgets
/// what it saw of `nodes`.
pub(super) fn begin_anew(protocol: &Protocol, state: &State, loses_renewals: bool) -> State {
    let remembers = protocol.has(Fault::RowsOfBeforeACrashCount);
    let mut next = *state;
    for slot in &mut next.slots {
        if !matches!(slot.node.step, Step::Absent | Step::Stopping) {
            slot.node.step = Step::Idle;
        }
        slot.node.written = None;
        slot.node.applied = 0;
        slot.node.given_up = None;
        if let Some(seen) = &mut slot.seen
            && loses_renewals
            && remembers
            && seen.is_current
        {
            seen.is_current = false;
            slot.node.next = Renewal::Remembered;
        }
        slot.row = slot.row.map(|row| Row {
            applied: if loses_renewals { 0 } else { row.applied },
            moved: 0,
        });
        slot.seen = slot.seen.filter(|_| remembers);
    }
    next.looking = None;
    for revocation in &mut next.revocations {
        if let Revocation::Waiting { has_looked, .. } = revocation {
            *has_looked = false;
        }
    }
    next
}
