//! The policies: who may see, change and administer what.
//!
//! Specified under "List", "Change", "`/v2/users`", "`/v2/organizations`" and
//! "Members" in `docs/api.md`. The rules are values: a filter or a reach becomes
//! part of the query, so that nothing outside it is ever read. What may be done with keys
//! an installation chooses ([`KeyPolicies`]); the rest is the same everywhere.
//! `apikey_testing::policy_matrix` prints them as tables.

mod administration;
mod decision;
mod filter;
mod key_policies;
mod key_policy;
#[cfg(feature = "server")]
pub mod last_admin;
mod own_account;
mod people;
mod reach;
mod shipped;

use crate::{
    identity::{
        organization::{Role, Standing},
        user::User,
    },
    key::api_key::ApiKey,
};
pub use administration::{require_organization_admin, require_personal, require_platform_admin};
pub use decision::{Act, PolicyDecision};
pub use filter::{ApiKeyFilter, KeySelection, UserSelection};
pub use key_policies::KeyPolicies;
pub use key_policy::KeyPolicy;
pub use own_account::{OwnOrganizations, require_not_own_password_by_key, require_own_account};
pub use people::PeopleShown;
pub use reach::KeyReach;
pub use shipped::{Attenuated, OrganizationAdminsManage};

/// Returns whether the name and id of a key may be disclosed to a user who tried
/// to take its access key: to the key's user, a platform admin, and an admin of
/// the organization that owns it. The decision depends on the user, not on the
/// credentials they used, as the recorded cases of GPUStack require.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::organization::Standing;
/// use apikey_domain::access::policy::may_disclose;
/// use apikey_domain::testing::fixture;
///
/// let stranger = Standing { is_organization: true, role: None };
/// let key = fixture::api_key(7, "ci");
/// assert!(!may_disclose(&key, &fixture::user(2, 12), stranger));
/// ```
pub fn may_disclose(key: &ApiKey, user: &User, standing: Standing) -> bool {
    let administers_owner = standing.is_organization && standing.role == Some(Role::Admin);
    user.is_admin || user.id == key.user_id || administers_owner
}
