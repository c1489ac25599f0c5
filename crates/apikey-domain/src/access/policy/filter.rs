//! Which keys a list or a watch shows.

use super::{decision::Act, key_policies::KeyPolicies};
use crate::{
    access::tenant::TenantContext,
    error::Forbidden,
    identifier::{PrincipalId, UserId},
    invalid::Invalid,
    key::{api_key::ApiKey, conditions::KeyConditions, hint::Hint},
    listing::SearchTerm,
};

/// Whose keys to list.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::UserSelection;
///
/// assert_eq!(UserSelection::parse(None), Ok(UserSelection::Own));
/// assert_eq!(UserSelection::parse(Some("*")), Ok(UserSelection::Everyone));
/// assert!(UserSelection::parse(Some("alice")).is_err());
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
/// use apikey_domain::{key::conditions::KeyConditions, listing::SearchTerm};
///
/// let search = SearchTerm::parse("ci").unwrap();
/// let selection = KeySelection {
///     users: UserSelection::Everyone,
///     search,
///     conditions: KeyConditions::NONE,
/// };
/// assert_ne!(selection, KeySelection::OWN);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySelection {
    /// Whose keys.
    pub users: UserSelection,
    /// Only keys that this term finds.
    pub search: Option<SearchTerm>,
    /// Only keys that are like this.
    pub conditions: KeyConditions,
}

/// Which keys a list or a watch shows. Keys of system users are never shown.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::{ApiKeyFilter, KeyPolicies, KeySelection};
/// use apikey_domain::testing::fixture;
///
/// let context = fixture::in_principal(fixture::caller(1, 11), 40);
/// let filter = ApiKeyFilter::of(&context, &KeyPolicies::contract(), &KeySelection::OWN).unwrap();
/// assert!(!filter.admits(&fixture::api_key(7, "ci")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyFilter {
    pub(crate) user_id: Option<UserId>,
    pub(crate) owner_principal_id: Option<PrincipalId>,
    pub(crate) search: Option<SearchTerm>,
    pub(crate) conditions: KeyConditions,
}

// === impl UserSelection ===

impl UserSelection {
    /// Parses the `user_id` of a query: an id, `*` for everyone, or nothing. It is a wish.
    /// Whoever is [shown their own keys alone](KeyPolicies::show_others) is shown those.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `user_id` if it is neither an integer nor `*`.
    pub fn parse(text: Option<&str>) -> Result<Self, Invalid> {
        match text {
            None => Ok(Self::Own),
            Some("*") => Ok(Self::Everyone),
            Some(number) => {
                let id = number.trim().parse();
                let id = id.map_err(|_| Invalid::new("user_id", "must be an integer or '*'"))?;
                Ok(Self::One(UserId(id)))
            }
        }
    }
}

// === impl KeySelection ===

impl KeySelection {
    /// The caller's own keys.
    pub const OWN: Self = Self {
        users: UserSelection::Own,
        search: None,
        conditions: KeyConditions::NONE,
    };
}

// === impl ApiKeyFilter ===

impl ApiKeyFilter {
    /// Returns the filter for what a caller selects of the keys that the policies show
    /// them: those of the selected user, but their own if they are shown no others.
    ///
    /// # Errors
    ///
    /// [`Forbidden::ManagementScope`] for a caller whose key does not grant it, and what
    /// else a policy refuses with.
    pub fn of(
        context: &TenantContext,
        policies: &KeyPolicies,
        selection: &KeySelection,
    ) -> Result<Self, Forbidden> {
        let reach = policies.decide(context, Act::List).into_reach()?;
        let own = context.caller.user.id;
        let shown = reach.user_id;
        Ok(Self {
            user_id: match selection.users {
                UserSelection::Own => Some(shown.unwrap_or(own)),
                UserSelection::Everyone => shown,
                UserSelection::One(id) => Some(shown.unwrap_or(id)),
            },
            owner_principal_id: reach.owner_principal_id,
            search: selection.search.clone(),
            conditions: selection.conditions.clone(),
        })
    }

    /// The filter of the service itself, which admits every key that can be listed.
    #[cfg(feature = "server")]
    pub(crate) const EVERY_KEY: Self = Self {
        user_id: None,
        owner_principal_id: None,
        search: None,
        conditions: KeyConditions::NONE,
    };

    /// Returns it without conditions.
    #[must_use]
    pub fn without_conditions(&self) -> Self {
        Self {
            conditions: KeyConditions::NONE,
            ..self.clone()
        }
    }

    /// Returns the user whose keys alone are shown, if it is bounded so.
    pub fn user_id(&self) -> Option<UserId> {
        self.user_id
    }

    /// Returns the principal whose keys alone are shown, if it is bounded so.
    pub fn owner_principal_id(&self) -> Option<PrincipalId> {
        self.owner_principal_id
    }

    /// Returns the term that the names of keys contain, or their [hint](Self::hint) is, if
    /// it is bounded so.
    pub fn search(&self) -> Option<&SearchTerm> {
        self.search.as_ref()
    }

    /// Returns the hint that a search looks for, if its term may be one: four characters of
    /// a generated secret, in either case.
    pub fn hint(&self) -> Option<&str> {
        let term = self.search.as_ref().map(SearchTerm::folded);
        term.filter(|term| Hint::may_be(term))
    }

    /// Returns whether a secret that `key` has or had ends as the search says.
    fn finds_hint_of(&self, key: &ApiKey) -> bool {
        let Some(sought) = self.hint() else {
            return false;
        };
        let credentials = key.credentials();
        let mut hints = credentials.iter().filter_map(|one| one.hint.as_ref());
        hints.any(|hint| hint.as_str() == sought)
    }

    /// Returns what the keys are like.
    pub fn conditions(&self) -> &KeyConditions {
        &self.conditions
    }

    /// Returns whether it leaves out some keys of those whom it shows keys of: by a search
    /// or by conditions.
    pub fn is_narrowed(&self) -> bool {
        self.search.is_some() || self.conditions.are_any()
    }

    /// Returns whether a watch shows this event: that of a key which the list shows, or
    /// showed before.
    #[cfg(feature = "server")]
    pub fn concerns(&self, event: &crate::change::KeyEvent) -> bool {
        self.admits(event.key()) || event.before().is_some_and(|key| self.admits(key))
    }

    /// Returns whether the list shows `key`.
    pub fn admits(&self, key: &ApiKey) -> bool {
        !key.user_is_system
            && self.user_id.is_none_or(|id| id == key.user_id)
            && self
                .owner_principal_id
                .is_none_or(|id| id == key.owner_principal_id)
            && self
                .search
                .as_ref()
                .is_none_or(|term| term.is_in(key.name.as_str()) || self.finds_hint_of(key))
            && self.conditions.matches(key)
    }
}

#[cfg(test)]
mod tests;
