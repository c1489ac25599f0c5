//! The right with which an answer was begun.

use crate::{
    access::tenant::{Caller, TenantContext},
    error::Error,
    identifier::UserId,
    use_case::{ports::KeyPorts, resolve_tenant::check_still_holds},
};

/// The right with which a long answer was begun, to be judged again while it goes on.
///
/// # Example
///
/// ```
/// # futures_executor::block_on(async {
/// use apikey_domain::use_case::held_right::HeldRight;
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// let app = TestApp::new();
/// let right = HeldRight::of_caller(&signed_in(&app.user("alice").await));
/// assert!(right.check(&app.keys).await.is_ok());
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct HeldRight {
    /// Of a caller without a tenant: it says no more than whose key they came with, and
    /// never leaves.
    context: TenantContext,
}

impl HeldRight {
    /// Returns the right of a caller without a tenant.
    pub fn of_caller(caller: &Caller) -> Self {
        Self {
            context: TenantContext {
                current_principal_id: caller.key().map(|key| key.owner_principal_id),
                current_role: None,
                caller: caller.clone(),
            },
        }
    }

    /// Returns the right of a caller who acts for a tenant.
    pub fn of_tenant(context: &TenantContext) -> Self {
        Self {
            context: context.clone(),
        }
    }

    /// Returns whose right it is.
    pub fn user_id(&self) -> UserId {
        self.context.caller.user.id
    }

    /// Checks with the store that the right still holds.
    ///
    /// # Errors
    ///
    /// What the caller would be refused with now.
    pub async fn check(&self, ports: &KeyPorts) -> Result<(), Error> {
        check_still_holds(&self.context, ports).await.map(drop)
    }
}
