//! Who writes in the clauses about rights that end: alice, with every kind of right,
//! and the ways in which each of them is lost.

use super::{
    TestKeys,
    many::{MORE_THAN_AT_ONCE, many_keys, many_members},
    test_store::{ANYWHERE, after, new_key},
};
use apikey_domain::{
    access::{
        authority::Authority,
        tenant::{Caller, CallerKey, Credential},
    },
    gpustack::{AllowedModelNames, ScopeSet},
    identifier::PrincipalId,
    identity::{
        organization::{Organization, Role},
        password::PasswordHash,
        user::{User, UserChanges},
    },
    key::{
        api_key::ApiKey,
        changes::ApiKeyChanges,
        credential::CredentialNumber,
        expiry::Expiry,
        revocation::{NewRevocation, RevocationReason},
    },
    testing::fixture,
};

/// A way to lose a right.
#[derive(Clone, Copy, Debug)]
pub(super) enum Loss {
    KeyDeleted,
    KeyDisabled,
    KeyRevoked,
    KeyNarrowed,
    /// It is limited to some models.
    KeyLimited,
    KeyExpired,
    UserDeactivated,
    UserDemoted,
    NewPassword,
    UserDeleted,
    /// Deleted while she has more keys than go at once.
    UserRemoved,
    MemberRemoved,
    MemberDemoted,
    OrganizationDeleted,
    /// Deleted while it has more members than go at once.
    OrganizationRemoved,
}

impl Loss {
    pub(super) const ALL: [Self; 15] = [
        Self::KeyDeleted,
        Self::KeyDisabled,
        Self::KeyRevoked,
        Self::KeyNarrowed,
        Self::KeyLimited,
        Self::KeyExpired,
        Self::UserDeactivated,
        Self::UserDemoted,
        Self::NewPassword,
        Self::UserDeleted,
        Self::UserRemoved,
        Self::MemberRemoved,
        Self::MemberDemoted,
        Self::OrganizationDeleted,
        Self::OrganizationRemoved,
    ];
}

/// Alice, an admin of acme; root, who is that, too, and a platform admin.
pub(super) struct Setup {
    pub(super) alice: User,
    pub(super) acme: Organization,
    /// Her key, which acts for herself and expires at the eighth second.
    pub(super) key: ApiKey,
}

// === impl Setup ===

impl Setup {
    pub(super) async fn new(store: &TestKeys, name: &str, is_admin: bool) -> Self {
        let new = |user: &str| format!("{user} {name}");
        let root = store.admin(&new("root")).await;
        let alice = store
            .user_who(&new("alice"), |new| new.is_admin = is_admin)
            .await;
        let slug = name.to_lowercase().replace(' ', "-");
        let acme = store.organization(&slug).await;
        for user in [&alice, &root] {
            store.join(&acme, user, Role::Admin).await;
        }
        let mut key = new_key(&alice, alice.principal_id, "hers");
        key.expires_at = Expiry::at(after(8));
        let key = store.api_keys.create(fixture::by_service(), key);
        let key = key.await.unwrap();
        Self { alice, acme, key }
    }

    pub(super) fn with_password(&self) -> Caller {
        self.with(fixture::password())
    }

    pub(super) fn with_key(&self) -> Caller {
        self.with(Credential::Key(CallerKey::of(
            self.key.clone(),
            CredentialNumber::FIRST,
        )))
    }

    pub(super) fn with(&self, credential: Credential) -> Caller {
        fixture::caller_of(self.alice.clone(), credential)
    }

    /// Returns what alice may rest a write on, in the seventh second.
    pub(super) fn authorities(&self) -> Vec<Authority> {
        let mut all = vec![
            personal(&self.with_key()),
            self.in_acme(),
            self.over_members(&self.with_password()),
        ];
        all.extend([self.with_password(), self.with_key()].map(|caller| own(&caller)));
        all
    }

    /// Returns the authorities that end with a right, and how they are refused then.
    pub(super) fn ended_by(&self, loss: Loss) -> Vec<(Authority, String)> {
        let (password, key) = (self.with_password(), self.with_key());
        let unknown = || "invalid credentials".to_owned();
        let ended = || "the key is no longer valid".to_owned();
        let id = self.acme.id.0;
        match loss {
            Loss::KeyDeleted | Loss::KeyDisabled | Loss::KeyRevoked => {
                vec![(own(&key), ended()), (personal(&key), ended())]
            }
            Loss::KeyNarrowed => {
                let lacks = "the key does not grant management".to_owned();
                vec![(own(&key), lacks.clone()), (personal(&key), lacks)]
            }
            Loss::KeyLimited => {
                let less = "it would allow more models than the key that the caller came with";
                [own(&key), personal(&key)]
                    .map(|by| (fixture::by_bounded(by), less.to_owned()))
                    .into()
            }
            Loss::KeyExpired => vec![(fixture::by(&key, after(8)), ended())],
            Loss::UserDeactivated => {
                let refused = "user account is deactivated".to_owned();
                let callers = [own(&password), own(&key), self.in_acme()];
                callers.map(|by| (by, refused.clone())).into()
            }
            Loss::UserDemoted => {
                let refused = "only a platform admin may do this".to_owned();
                let callers = [own(&password), own(&key), personal(&key), self.in_acme()];
                callers.map(|by| (by, refused.clone())).into()
            }
            Loss::NewPassword => vec![(own(&password), unknown()), (self.in_acme(), unknown())],
            Loss::UserDeleted | Loss::UserRemoved => {
                vec![(own(&password), unknown()), (own(&key), ended())]
            }
            Loss::MemberRemoved | Loss::OrganizationDeleted | Loss::OrganizationRemoved => vec![
                (self.in_acme(), format!("not a member of organization {id}")),
                (
                    self.over_members(&password),
                    format!("organization {id} not found"),
                ),
            ],
            Loss::MemberDemoted => {
                let refused = format!("only an admin of organization {id} may do this");
                let authorities = [self.in_acme(), self.over_members(&password)];
                authorities.map(|by| (by, refused.clone())).into()
            }
        }
    }

    /// Makes what a right is lost with so large that it goes in pieces.
    pub(super) async fn grow(&self, store: &TestKeys, loss: Loss) {
        match loss {
            Loss::UserRemoved => {
                many_keys(
                    store,
                    &self.alice,
                    self.alice.principal_id,
                    MORE_THAN_AT_ONCE,
                )
                .await;
            }
            Loss::OrganizationRemoved => {
                many_members(store, &self.acme, MORE_THAN_AT_ONCE).await;
            }
            _ => {}
        }
    }

    /// Lets alice lose a right.
    pub(super) async fn lose(&self, store: &TestKeys, loss: Loss) {
        let (directory, keys) = (&store.directory, &store.api_keys);
        let (by, alice, acme) = (fixture::by_service(), self.alice.id, self.acme.id);
        let update = |changes| directory.update_user(fixture::by_service(), alice, changes);
        match loss {
            Loss::KeyExpired => {}
            Loss::KeyDeleted => {
                let deleted = keys.delete(by, self.key.id, ANYWHERE);
                assert!(deleted.await.unwrap().is_some());
            }
            Loss::KeyDisabled => {
                let changes = ApiKeyChanges {
                    is_disabled: Some(true),
                    ..ApiKeyChanges::default()
                };
                let disabled = keys.update(by, self.key.id, ANYWHERE, changes);
                assert!(disabled.await.unwrap().is_some());
            }
            Loss::KeyRevoked => {
                let (reason, comment) = (RevocationReason::Other, None);
                let changes = ApiKeyChanges {
                    revocation: Some(NewRevocation { reason, comment }),
                    ..ApiKeyChanges::default()
                };
                let revoked = keys.update(by, self.key.id, ANYWHERE, changes);
                assert!(revoked.await.unwrap().is_some());
            }
            Loss::KeyNarrowed => self.scope(store, &["inference"]).await,
            Loss::KeyLimited => {
                let models = AllowedModelNames::parse(Some(vec!["qwen3".into()]));
                let changes = ApiKeyChanges {
                    allowed_model_names: Some(models.unwrap()),
                    ..ApiKeyChanges::default()
                };
                let limited = keys.update(by, self.key.id, ANYWHERE, changes);
                assert!(limited.await.unwrap().is_some());
            }
            Loss::UserDeactivated => {
                let changes = UserChanges {
                    is_active: Some(false),
                    ..UserChanges::default()
                };
                assert!(update(changes).await.unwrap().is_some());
            }
            Loss::UserDemoted => {
                let changes = UserChanges {
                    is_admin: Some(false),
                    ..UserChanges::default()
                };
                assert!(update(changes).await.unwrap().is_some());
            }
            Loss::NewPassword => {
                let changes = UserChanges {
                    password_hash: Some(PasswordHash::new("plain:Changed_2")),
                    ..UserChanges::default()
                };
                assert!(update(changes).await.unwrap().is_some());
            }
            Loss::UserDeleted | Loss::UserRemoved => {
                assert!(directory.delete_user(by, alice).await.unwrap());
            }
            Loss::MemberRemoved => {
                assert!(directory.remove_member(by, acme, alice).await.unwrap());
            }
            Loss::MemberDemoted => {
                let demoted = directory.update_member(by, acme, alice, Role::User).await;
                assert!(demoted.unwrap().is_some());
            }
            Loss::OrganizationDeleted | Loss::OrganizationRemoved => {
                assert!(directory.delete_organization(by, acme).await.unwrap());
            }
        }
    }

    /// Gives the key another scope.
    pub(super) async fn scope(&self, store: &TestKeys, names: &[&str]) {
        let changes = ApiKeyChanges {
            scope: Some(ScopeSet::parse(names.iter().copied()).unwrap()),
            ..ApiKeyChanges::default()
        };
        let by = fixture::by_service();
        let changed = store.api_keys.update(by, self.key.id, ANYWHERE, changes);
        assert!(changed.await.unwrap().is_some());
    }

    /// Alice, signed in with her password, acts for acme.
    pub(super) fn in_acme(&self) -> Authority {
        in_principal(self.with_password(), self.acme.id, Some(Role::Admin))
    }

    pub(super) fn over_members(&self, caller: &Caller) -> Authority {
        fixture::by_admin_of(self.acme.id, caller, after(7))
    }
}

/// Returns the authority of a caller on the platform.
pub(super) fn own(caller: &Caller) -> Authority {
    fixture::by(caller, after(7))
}

/// Returns the authority of a caller who acts for their own principal.
pub(super) fn personal(caller: &Caller) -> Authority {
    in_principal(caller.clone(), caller.user().principal_id, None)
}

pub(super) fn in_principal(caller: Caller, id: PrincipalId, role: Option<Role>) -> Authority {
    let context = fixture::test_context(caller, Some(id), role);
    fixture::by_tenant(&context, after(7))
}
