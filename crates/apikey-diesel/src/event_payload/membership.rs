//! What events say of memberships.

use super::payload::Payload;
use crate::rows::Found;
use apikey_domain::{
    change::Membership,
    error::PortError,
    identifier::{PrincipalId, UserId},
    identity::organization::Role,
};
use serde::{Deserialize, Serialize};

/// What events say of a membership. All of it identifies it or is a right.
#[derive(Serialize, Deserialize)]
pub(super) struct MembershipPayload {
    organization_id: i64,
    user_id: i64,
    role: String,
}

// === impl MembershipPayload ===

impl Payload for MembershipPayload {
    type Subject = Membership;

    fn of(membership: &Membership) -> Self {
        Self {
            organization_id: membership.organization_id.0,
            user_id: membership.user_id.0,
            role: membership.role.as_str().to_owned(),
        }
    }

    fn subject(self, event: &Found) -> Result<Membership, PortError> {
        Ok(Membership {
            organization_id: PrincipalId(self.organization_id),
            user_id: UserId(self.user_id),
            role: event.valid(Role::parse(&self.role))?,
        })
    }
}
