//! What may become of a key.

use crate::{
    gpustack::{AllowedModelNames, ScopeSet},
    key::{
        api_key::ApiKey,
        change_refused::ChangeRefused,
        expiry::{Expiry, Lifetime},
        key_name::{Description, KeyName},
        metadata::MetadataChange,
        revocation::NewRevocation,
        rotation::Step,
    },
    timestamp::Timestamp,
};

/// Changes to a key; absent fields stay as they are. What becomes of a key by them is for
/// the caller's reach to say ([`crate::access::policy::KeyReach::changed`]).
///
/// # Example
///
/// ```
/// use apikey_domain::key::changes::ApiKeyChanges;
/// use apikey_domain::testing::fixture;
///
/// let key = fixture::api_key(7, "ci");
/// let nothing = ApiKeyChanges::default();
/// let anywhere = fixture::reach(None, None);
/// assert_eq!(anywhere.changed(&key, &nothing, key.updated_at), Ok(None));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiKeyChanges {
    /// The new name.
    pub name: Option<KeyName>,
    /// The new description, or `Some(None)` to remove it.
    pub description: Option<Option<Description>>,
    /// The new scopes.
    pub scope: Option<ScopeSet>,
    /// The new models.
    pub allowed_model_names: Option<AllowedModelNames>,
    /// How long it is to live from now on.
    pub lifetime: Option<Lifetime>,
    /// Whether it is to be disabled, or enabled.
    pub is_disabled: Option<bool>,
    /// What becomes of its metadata.
    pub metadata: Option<MetadataChange>,
    /// Whether it may rotate itself.
    pub self_rotation: Option<bool>,
    /// A step of its rotation.
    pub step: Option<Step>,
    /// Its end, for good.
    pub revocation: Option<NewRevocation>,
    /// What the key must be like, but for its last use: otherwise nothing is changed.
    pub expected: Option<Box<ApiKey>>,
}

// === impl ApiKeyChanges ===

impl ApiKeyChanges {
    /// Returns whether they are asked for to end the use of the key, and for nothing else.
    /// Such changes are made however many there were: made again they change nothing.
    pub fn ends_use(&self) -> bool {
        let Self {
            name: None,
            description: None,
            scope: None,
            allowed_model_names: None,
            lifetime: None,
            metadata: None,
            self_rotation: None,
            step: None | Some(Step::End(_) | Step::Activate(_)),
            is_disabled,
            revocation,
            expected: _,
        } = self
        else {
            return false;
        };
        *is_disabled == Some(true) || revocation.is_some() || self.step.is_some()
    }

    /// Returns the key after the changes at `now`, or `None` if they change
    /// nothing. `updated_at` never moves back; by a clock that is behind it moves, too.
    pub(crate) fn applied_to(
        &self,
        key: &ApiKey,
        now: Timestamp,
    ) -> Result<Option<ApiKey>, ChangeRefused> {
        let is_expected = |expected: &ApiKey| key.is_same_but_for_use(expected);
        if !self.expected.as_deref().is_none_or(is_expected) {
            return Err(ChangeRefused::NotAsExpected);
        }
        let mut after = key.clone();
        if let Some(description) = &self.description {
            after.description.clone_from(description);
        }
        if let Some(change) = &self.metadata {
            after.metadata = change.applied_to(&key.metadata)?;
        }
        let noted = after.clone();
        if let Some(name) = &self.name {
            after.name.clone_from(name);
        }
        if let Some(scope) = &self.scope {
            after.scope.clone_from(scope);
        }
        if let Some(names) = &self.allowed_model_names {
            after.allowed_model_names.clone_from(names);
        }
        if let Some(lifetime) = self.lifetime {
            after.expires_at = expiry(key, lifetime, now)?;
        }
        if let Some(is_disabled) = self.is_disabled {
            after.disabled_at = is_disabled.then(|| key.disabled_at.unwrap_or(now));
        }
        if let Some(self_rotation) = self.self_rotation {
            after.self_rotation = self_rotation;
        }
        if let Some(step) = &self.step {
            step.taken_by(&mut after, now)?;
        }
        if key.revocation.is_some() && after != noted {
            return Err(ChangeRefused::Revoked);
        }
        if let (Some(new), None) = (&self.revocation, &key.revocation) {
            after.revocation = Some(new.at(now));
        }
        if after == *key {
            return Ok(None);
        }
        after.updated_at = now.of_change_after(key.updated_at);
        Ok(Some(after))
    }
}

/// Returns the expiry of a key with a new lifetime. The one that it has may have come.
fn expiry(key: &ApiKey, lifetime: Lifetime, now: Timestamp) -> Result<Expiry, ChangeRefused> {
    match lifetime {
        Lifetime::Until(instant) if Expiry::at(instant) == key.expires_at => Ok(key.expires_at),
        lifetime => Ok(Expiry::of(lifetime, now)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        key::{metadata::Metadata, revocation::RevocationReason, status::Status},
        testing::fixture,
    };

    fn applied(changes: &ApiKeyChanges, key: &ApiKey) -> ApiKey {
        let now = fixture::instant().plus_seconds(60).unwrap();
        changes.applied_to(key, now).unwrap().unwrap()
    }

    fn disabled(is_disabled: bool) -> ApiKeyChanges {
        ApiKeyChanges {
            is_disabled: Some(is_disabled),
            ..Default::default()
        }
    }

    fn revoked(reason: RevocationReason) -> ApiKeyChanges {
        let comment = None;
        ApiKeyChanges {
            revocation: Some(NewRevocation { reason, comment }),
            ..Default::default()
        }
    }

    #[test]
    fn a_key_that_is_enabled_is_what_it_was() {
        let (key, now) = (fixture::api_key(7, "ci"), fixture::instant());
        let off = applied(&disabled(true), &key);
        assert_eq!(off.status(now), Status::Disabled);
        assert_eq!(disabled(true).applied_to(&off, now), Ok(None));
        let on = applied(&disabled(false), &off);
        let updated_at = key.updated_at;
        assert_eq!(ApiKey { updated_at, ..on }, key);
    }

    #[test]
    fn what_ends_the_use_of_a_key_does_nothing_else() {
        assert!(disabled(true).ends_use());
        assert!(revoked(RevocationReason::Unused).ends_use());
        let expecting = ApiKeyChanges {
            expected: Some(Box::new(fixture::api_key(7, "ci"))),
            ..disabled(true)
        };
        assert!(expecting.ends_use());
        let noted = ApiKeyChanges {
            metadata: Some(MetadataChange::Clear),
            ..disabled(true)
        };
        for changes in [ApiKeyChanges::default(), disabled(false), noted] {
            assert!(!changes.ends_use(), "{changes:?}");
        }
    }

    #[test]
    fn nothing_revives_a_revoked_key_and_its_first_reason_stays() {
        let (key, now) = (fixture::api_key(7, "ci"), fixture::instant());
        let ended = applied(&revoked(RevocationReason::Unused), &key);
        assert_eq!(ended.status(now), Status::Revoked);
        let again = revoked(RevocationReason::Compromised);
        assert_eq!(again.applied_to(&ended, now), Ok(None));
        let name = KeyName::parse("other").unwrap();
        for changes in [
            disabled(true),
            ApiKeyChanges {
                lifetime: Some(Lifetime::For(std::time::Duration::from_secs(60))),
                ..Default::default()
            },
            ApiKeyChanges {
                scope: Some(ScopeSet::NONE),
                ..Default::default()
            },
            ApiKeyChanges {
                name: Some(name),
                ..Default::default()
            },
        ] {
            let refused = changes.applied_to(&ended, now);
            assert_eq!(refused, Err(ChangeRefused::Revoked), "{changes:?}");
        }
        assert_eq!(disabled(false).applied_to(&ended, now), Ok(None));
        let described = ApiKeyChanges {
            description: Some(Description::parse("was in a log").ok()),
            ..Default::default()
        };
        assert!(described.applied_to(&ended, now).unwrap().is_some());
    }

    #[test]
    fn a_key_that_is_not_as_expected_stays_as_it_is() {
        let key = fixture::api_key(7, "ci");
        let expecting = |expected: ApiKey| ApiKeyChanges {
            expected: Some(Box::new(expected)),
            ..disabled(true)
        };
        let used = ApiKey {
            last_used_at: Some(fixture::instant()),
            ..key.clone()
        };
        let now = fixture::instant();
        assert!(expecting(key.clone()).applied_to(&used, now).is_ok());
        let other = ApiKey {
            metadata: Metadata::parse([("a".to_owned(), String::new())]).unwrap(),
            ..key.clone()
        };
        let refused = expecting(other).applied_to(&key, now);
        assert_eq!(refused, Err(ChangeRefused::NotAsExpected));
    }

    #[test]
    fn an_expiry_that_has_come_stays_but_is_not_set() {
        let now = fixture::instant();
        let until = |at| ApiKeyChanges {
            lifetime: Some(Lifetime::Until(at)),
            ..Default::default()
        };
        let key = ApiKey {
            expires_at: Expiry::at(now),
            ..fixture::api_key(7, "ci")
        };
        assert_eq!(until(now).applied_to(&key, now), Ok(None));
        let past = until(now.plus_seconds(-1).unwrap()).applied_to(&key, now);
        assert!(matches!(past, Err(ChangeRefused::Invalid(_))));
        let later = until(now.plus_seconds(1).unwrap()).applied_to(&key, now);
        assert_eq!(later.unwrap().unwrap().status(now), Status::Active);
    }
}
