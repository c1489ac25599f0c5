//! Who may create keys, and which keys a caller sees, changes and deletes.

use crate::{
    access::tenant::{Caller, TenantContext},
    error::Forbidden,
    identifier::{PrincipalId, UserId},
    identity::user::User,
    invalid::Invalid,
    key::{api_key::ApiKey, scope::Scope},
    listing::SearchTerm,
};

/// Which keys a caller may change or delete.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::KeyReach;
/// use apikey_domain::testing::fixture;
///
/// let reach = KeyReach::of(&fixture::everywhere(fixture::admin(9, 19))).unwrap();
/// assert_eq!((reach.user_id(), reach.owner_principal_id()), (None, None));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyReach {
    pub(crate) user_id: Option<UserId>,
    pub(crate) owner_principal_id: Option<PrincipalId>,
}

/// Whose keys to list.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::UserSelection;
/// use apikey_domain::testing::fixture;
///
/// let alice = fixture::user(1, 11);
/// assert_eq!(UserSelection::parse(&alice, Some("*")).unwrap(), UserSelection::Own);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserSelection {
    /// The caller's own keys.
    Own,
    /// The keys of all users.
    Everyone,
    /// The keys of one user.
    One(UserId),
}

/// Which keys a caller asks for. What they are shown of them is for [`ApiKeyFilter`] to
/// say.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::{KeySelection, UserSelection};
/// use apikey_domain::listing::SearchTerm;
///
/// let search = SearchTerm::parse("ci").unwrap();
/// let selection = KeySelection { users: UserSelection::Everyone, search };
/// assert_ne!(selection, KeySelection::OWN);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySelection {
    /// Whose keys.
    pub users: UserSelection,
    /// Only keys whose name contains this term.
    pub search: Option<SearchTerm>,
}

/// Which keys a list or a watch shows. Keys of system users are never shown.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::{ApiKeyFilter, KeySelection};
/// use apikey_domain::testing::fixture;
///
/// let context = fixture::in_principal(fixture::caller(1, 11), 40);
/// let filter = ApiKeyFilter::of(&context, &KeySelection::OWN).unwrap();
/// assert!(!filter.admits(&fixture::api_key(7, "ci")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyFilter {
    pub(crate) user_id: Option<UserId>,
    pub(crate) owner_principal_id: Option<PrincipalId>,
    pub(crate) search: Option<SearchTerm>,
}

// === impl KeyReach ===

impl KeyReach {
    /// Returns the reach of a caller: their own keys, or every key for a platform
    /// admin; if there is a current principal, only the keys it owns.
    ///
    /// # Errors
    ///
    /// [`Forbidden::ManagementScope`] for a caller whose key does not grant it.
    pub fn of(context: &TenantContext) -> Result<Self, Forbidden> {
        context.caller.require_scope(Scope::Management)?;
        let user = &context.caller.user;
        Ok(Self {
            user_id: (!user.is_admin).then_some(user.id),
            owner_principal_id: context.current_principal_id,
        })
    }

    /// Returns the user whose keys alone lie within the reach, if it is bounded so.
    pub fn user_id(&self) -> Option<UserId> {
        self.user_id
    }

    /// Returns the principal whose keys alone lie within the reach, if it is bounded so.
    pub fn owner_principal_id(&self) -> Option<PrincipalId> {
        self.owner_principal_id
    }

    /// Returns whether `key` lies within the reach.
    pub fn admits(&self, key: &ApiKey) -> bool {
        self.user_id.is_none_or(|id| id == key.user_id)
            && self
                .owner_principal_id
                .is_none_or(|id| id == key.owner_principal_id)
    }
}

// === impl UserSelection ===

impl UserSelection {
    /// Parses the `user_id` of a query. For those who [are shown](may_list_others) their
    /// own keys whatever they ask for, the text is ignored.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `user_id` if an admin passes neither an integer nor `*`.
    pub fn parse(user: &User, text: Option<&str>) -> Result<Self, Invalid> {
        match text {
            Some(text) if may_list_others(user) => match text {
                "*" => Ok(Self::Everyone),
                number => number
                    .trim()
                    .parse()
                    .map(|id| Self::One(UserId(id)))
                    .map_err(|_| Invalid::new("user_id", "must be an integer or '*'")),
            },
            _ => Ok(Self::Own),
        }
    }
}

// === impl KeySelection ===

impl KeySelection {
    /// The caller's own keys.
    pub const OWN: Self = Self {
        users: UserSelection::Own,
        search: None,
    };
}

// === impl ApiKeyFilter ===

impl ApiKeyFilter {
    /// Returns the filter for what a caller selects: the keys of the selected user, but
    /// their own for those who [may not list](may_list_others) those of others; if there
    /// is a current principal, only the keys it owns.
    ///
    /// # Errors
    ///
    /// [`Forbidden::ManagementScope`] for a caller whose key does not grant it.
    pub fn of(context: &TenantContext, selection: &KeySelection) -> Result<Self, Forbidden> {
        context.caller.require_scope(Scope::Management)?;
        let user = &context.caller.user;
        Ok(Self {
            user_id: match selection.users {
                UserSelection::Everyone if may_list_others(user) => None,
                UserSelection::One(id) if may_list_others(user) => Some(id),
                UserSelection::Own | UserSelection::Everyone | UserSelection::One(_) => {
                    Some(user.id)
                }
            },
            owner_principal_id: context.current_principal_id,
            search: selection.search.clone(),
        })
    }

    /// The filter of the service itself, which admits every key that can be listed.
    #[cfg(feature = "server")]
    pub(crate) const EVERY_KEY: Self = Self {
        user_id: None,
        owner_principal_id: None,
        search: None,
    };

    /// Returns the user whose keys alone are shown, if it is bounded so.
    pub fn user_id(&self) -> Option<UserId> {
        self.user_id
    }

    /// Returns the principal whose keys alone are shown, if it is bounded so.
    pub fn owner_principal_id(&self) -> Option<PrincipalId> {
        self.owner_principal_id
    }

    /// Returns the term that the names of keys contain, if it is bounded so.
    pub fn search(&self) -> Option<&SearchTerm> {
        self.search.as_ref()
    }

    /// Returns whether the list shows `key`.
    pub fn admits(&self, key: &ApiKey) -> bool {
        let within = KeyReach {
            user_id: self.user_id,
            owner_principal_id: self.owner_principal_id,
        };
        !key.user_is_system
            && within.admits(key)
            && self
                .search
                .as_ref()
                .is_none_or(|term| term.is_in(key.name.as_str()))
    }
}

/// Returns whether a user may list the keys of others: only platform admins may.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::may_list_others;
/// use apikey_domain::testing::fixture;
///
/// assert!(!may_list_others(&fixture::user(1, 11)));
/// ```
pub fn may_list_others(user: &User) -> bool {
    user.is_admin
}

/// Checks that a caller may create keys, which belong to them: their own key must grant
/// management.
///
/// # Errors
///
/// [`Forbidden::ManagementScope`].
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::require_may_create;
/// use apikey_domain::testing::fixture;
///
/// let alice = fixture::caller(1, 11);
/// assert!(require_may_create(&alice).is_ok());
/// let key = fixture::caller_key(11, &["inference"]);
/// assert!(require_may_create(&fixture::with_key(alice, key)).is_err());
/// ```
pub fn require_may_create(caller: &Caller) -> Result<(), Forbidden> {
    caller.require_scope(Scope::Management)
}
