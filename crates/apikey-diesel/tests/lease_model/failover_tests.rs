//! A failover: no old right is accepted whose revocation the new primary has, and each
//! rule of the failover is needed.

use crate::{
    assertions::{self, assert_holds, assert_reaches},
    fault::ProtocolFault,
    protocol::{Lease, ProcessAction, Protocol, ProtocolAction, Reason, WaiterAction},
    state::Lookup,
};

/// One process besides the one that revokes, and a standby.
const FAILOVER: Protocol = Protocol {
    lease: 2,
    peers: 1,
    revocations: 1,
    has_failures: false,
    has_failover: true,
    fault: None,
};

#[test]
fn no_old_right_is_accepted_after_a_failover() {
    let explored = assert_holds(FAILOVER);
}
