//! Whose names a caller may be shown.

use super::{require_organization_admin, require_platform_admin};
use crate::{
    access::tenant::TenantContext, identifier::PrincipalId, identity::organization::Standing,
};

/// The people whose names a caller is shown, to choose among them.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::PeopleShown;
/// use apikey_domain::testing::fixture;
///
/// let alice = fixture::in_principal(fixture::caller(1, 11), 11);
/// assert_eq!(PeopleShown::to(&alice, false), PeopleShown::Oneself);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeopleShown {
    /// All users.
    Everyone,
    /// The members of an organization.
    Members(PrincipalId),
    /// The caller.
    Oneself,
}

// === impl PeopleShown ===

impl PeopleShown {
    /// Returns whom a caller is shown: a platform admin everyone, or with `only_current`
    /// the members of the organization for which they act; an admin of an organization its
    /// members, while they act for it; anyone else themselves. So nobody learns who belongs
    /// to what they do not administer.
    pub fn to(context: &TenantContext, only_current: bool) -> Self {
        let caller = context.caller();
        let own = caller.user().principal_id;
        let current = context.current_principal_id();
        let organization = current.filter(|current| *current != own);
        if require_platform_admin(caller).is_ok() && (current.is_none() || !only_current) {
            return Self::Everyone;
        }
        let standing = Standing {
            is_organization: organization.is_some(),
            role: context.current_role(),
        };
        match organization {
            Some(id) if require_organization_admin(caller, id, standing).is_ok() => {
                Self::Members(id)
            }
            _ => Self::Oneself,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{access::tenant::Caller, identity::organization::Role, testing::fixture};

    /// In whose name a caller acts, with which role there.
    fn acting(caller: &Caller, current: Option<i64>, role: Option<Role>) -> TenantContext {
        TenantContext {
            caller: caller.clone(),
            current_principal_id: current.map(PrincipalId),
            current_role: role,
        }
    }

    #[test]
    fn nobody_is_shown_whom_they_do_not_administer() {
        let (user, admin) = (fixture::caller(1, 11), fixture::admin(9, 19));
        let with_key = |caller: &Caller, owner: i64| {
            let key = fixture::caller_key(owner, &["*"]);
            fixture::with_key(caller.clone(), key)
        };
        let acme = PeopleShown::Members(PrincipalId(40));
        let (one, all) = (PeopleShown::Oneself, PeopleShown::Everyone);
        let (plain, leading) = (Some(Role::User), Some(Role::Admin));
        for (context, expected, only_current) in [
            (acting(&user, Some(11), None), one, one),
            (acting(&user, Some(40), plain), one, one),
            (acting(&user, Some(40), leading), acme, acme),
            (acting(&with_key(&user, 11), Some(11), None), one, one),
            (acting(&with_key(&user, 40), Some(40), plain), one, one),
            (acting(&with_key(&user, 40), Some(40), leading), acme, acme),
            (acting(&admin, None, None), all, all),
            (acting(&admin, Some(19), None), all, one),
            (acting(&admin, Some(40), None), all, acme),
            (acting(&admin, Some(40), plain), all, acme),
            (acting(&with_key(&admin, 19), Some(19), None), all, one),
            // A key of an organization acts for it alone.
            (acting(&with_key(&admin, 40), Some(40), plain), acme, acme),
        ] {
            assert_eq!(PeopleShown::to(&context, false), expected, "{context:?}");
            assert_eq!(PeopleShown::to(&context, true), only_current, "{context:?}");
        }
    }
}
