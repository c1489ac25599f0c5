//! Which keys a caller may do something with.

use crate::{
    error::Forbidden,
    identifier::{ApiKeyId, PrincipalId, UserId},
    key::{
        api_key::ApiKey, change_refused::ChangeRefused, changes::ApiKeyChanges, rights::KeyRights,
        rotation::Step,
    },
    timestamp::Timestamp,
};

/// Which keys a caller may do something with, and what may become of them.
///
/// Only the policies make one ([`super::KeyPolicies::decide`]). It is a value, so that it
/// becomes a part of a query, and nothing outside it is ever read.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::{Act, KeyPolicies};
/// use apikey_domain::testing::fixture;
///
/// let root = fixture::everywhere(fixture::admin(9, 19));
/// let decision = KeyPolicies::contract().decide(&root, Act::Change);
/// let reach = decision.reach().unwrap();
/// assert_eq!((reach.user_id(), reach.owner_principal_id()), (None, None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyReach {
    pub(crate) user_id: Option<UserId>,
    pub(crate) owner_principal_id: Option<PrincipalId>,
    pub(crate) leaves_out_system_users: bool,
    /// The caller, if keys of others may be changed to do less only.
    pub(crate) narrows_keys_but_of: Option<UserId>,
    /// What a key that is made or changed may not exceed.
    pub(crate) bound: Option<KeyRights>,
    /// The key that the caller came with.
    pub(crate) key_of_caller: Option<ApiKeyId>,
}

impl KeyReach {
    /// That of the service itself: every key.
    pub(crate) const ALL: Self = Self {
        user_id: None,
        owner_principal_id: None,
        leaves_out_system_users: false,
        narrows_keys_but_of: None,
        bound: None,
        key_of_caller: None,
    };

    /// Returns the user whose keys alone lie within the reach, if it is bounded so.
    pub fn user_id(&self) -> Option<UserId> {
        self.user_id
    }

    /// Returns the principal whose keys alone lie within the reach, if it is bounded so.
    pub fn owner_principal_id(&self) -> Option<PrincipalId> {
        self.owner_principal_id
    }

    /// Returns whether keys of system users lie outside the reach.
    pub fn leaves_out_system_users(&self) -> bool {
        self.leaves_out_system_users
    }

    /// Returns whether what is made or changed is bounded by the key of the caller.
    pub(crate) fn is_bounded(&self) -> bool {
        self.bound.is_some()
    }

    /// Returns whether `key` lies within the reach.
    pub fn admits(&self, key: &ApiKey) -> bool {
        self.admits_all_of(key.user_id, key.owner_principal_id)
            && !(self.leaves_out_system_users && key.user_is_system)
    }

    /// Returns whether all keys of this user in this principal lie within the reach, unless
    /// it is a system user's.
    pub(crate) fn admits_all_of(&self, user_id: UserId, owner_principal_id: PrincipalId) -> bool {
        self.user_id.is_none_or(|id| id == user_id)
            && self
                .owner_principal_id
                .is_none_or(|id| id == owner_principal_id)
    }

    /// Returns what becomes of `key` by `changes` at `now`, or `None` if they change
    /// nothing. A store calls this in the transaction that makes the change, with the key
    /// as it is then.
    ///
    /// # Errors
    ///
    /// [`Forbidden::ExceedsOwnKey`] if the key could do more afterwards than the key that
    /// the caller came with, where the policies forbid that; [`Forbidden::WidensKeyOfAnother`]
    /// if it is the key of another, and could do more than before or would get another
    /// secret, where they forbid that; [`Forbidden::SelfRotation`] for the key that the
    /// caller came with, if nobody else has allowed it to rotate itself;
    /// what else [`ChangeRefused`] has.
    pub fn changed(
        &self,
        key: &ApiKey,
        changes: &ApiKeyChanges,
        now: Timestamp,
    ) -> Result<Option<ApiKey>, ChangeRefused> {
        let Some(after) = changes.applied_to(key, now)? else {
            return Ok(None);
        };
        let is_rotated = matches!(changes.step, Some(Step::Rotate(_)));
        let may_rotate = key.self_rotation || self.key_of_caller != Some(key.id);
        if !may_rotate && (is_rotated || after.self_rotation) {
            return Err(Forbidden::SelfRotation.into());
        }
        let rights = KeyRights::of(&after);
        let is_of_another = |own: UserId| own != key.user_id;
        let is_enabled = key.withdrawal().is_in_force() && !after.withdrawal().is_in_force();
        if self.narrows_keys_but_of.is_some_and(is_of_another)
            && (is_enabled
                || is_rotated
                || after.self_rotation && !key.self_rotation
                || rights.excess_over(&KeyRights::of(key)).is_some())
        {
            return Err(Forbidden::WidensKeyOfAnother.into());
        }
        self.check_rights(&rights)?;
        Ok(Some(after))
    }

    /// Checks that the caller may still make of `key`, as it is now, what they made of it when
    /// their request was sent before.
    ///
    /// # Errors
    ///
    /// [`Forbidden::SelfRotation`] and [`Forbidden::ExceedsOwnKey`], as
    /// [`changed`](Self::changed).
    #[cfg(feature = "server")]
    pub(crate) fn check_repeat(&self, key: &ApiKey) -> Result<(), Forbidden> {
        if self.key_of_caller == Some(key.id) && !key.self_rotation {
            return Err(Forbidden::SelfRotation);
        }
        self.check_rights(&KeyRights::of(key))
    }

    /// Checks that a key may do this much after it is made or changed.
    ///
    /// # Errors
    ///
    /// [`Forbidden::ExceedsOwnKey`], as [`changed`](Self::changed).
    pub fn check_rights(&self, rights: &KeyRights) -> Result<(), Forbidden> {
        let bound = self.bound.as_ref();
        match bound.and_then(|bound| rights.excess_over(bound)) {
            Some(excess) => Err(Forbidden::ExceedsOwnKey(excess)),
            None => Ok(()),
        }
    }
}
