//! Whose a new key is to be.

use crate::{
    access::{
        policy::{Act, KeyReach},
        tenant::TenantContext,
    },
    error::{Error, Forbidden, Missing},
    identifier::{ApiKeyId, PrincipalId, UserId},
    key::key_name::KeyName,
    use_case::ports::KeyPorts,
};

/// The user and the principal that a new key is to belong to, and what the caller may make
/// of keys there.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::keys::new_owner::NewOwner;
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let (root, alice) = (app.admin("root").await, app.user("alice").await);
/// let owner = NewOwner::of(&in_own_principal(&root), &app.keys, Some(alice.id)).await.unwrap();
/// assert_eq!((owner.user_id, owner.principal_id), (alice.id, alice.principal_id));
/// assert!(NewOwner::of(&in_own_principal(&alice), &app.keys, Some(root.id)).await.is_err());
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct NewOwner {
    /// The user.
    pub user_id: UserId,
    /// The principal.
    pub principal_id: PrincipalId,
    /// What the policies say of keys that the caller makes there.
    pub reach: KeyReach,
}

// === impl NewOwner ===

impl NewOwner {
    /// Returns the owner of a key of this user, or of the caller if there is none: the user
    /// in the principal that the caller acts for. A platform admin who acts for none, or for
    /// themselves, makes keys for others in the own principal of each.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] if the policies refuse it, and for the key of a platform admin
    /// that somebody else would make; [`Missing::User`] for a user who does not exist or is a
    /// system user. In an organization it is [`Missing::Member`] for all who are no members,
    /// whether they exist or not.
    pub async fn of(
        context: &TenantContext,
        ports: &KeyPorts,
        user_id: Option<UserId>,
    ) -> Result<Self, Error> {
        let caller = &context.caller.user;
        let user_id = match user_id {
            Some(id) if id != caller.id => id,
            _ => {
                return Ok(Self {
                    user_id: caller.id,
                    principal_id: context.write_principal_id(),
                    reach: ports.policies.decide(context, Act::Create).into_reach()?,
                });
            }
        };
        let decision = ports.policies.decide(context, Act::CreateForAnother);
        let reach = decision.into_reach()?;
        if reach.user_id().is_some() {
            return Err(Forbidden::PlatformAdminsOnly.into());
        }
        let organization_id = reach.owner_principal_id();
        // In an organization nobody is known but its members: others are not even looked for,
        // so that the time tells nothing. Should they leave it meanwhile, this key is refused
        // as all that they have there.
        let missing = match organization_id {
            Some(id) => {
                let standing = ports.principals.standing(user_id, id).await?;
                standing.role.ok_or(Missing::Member)?;
                Missing::Member
            }
            None => Missing::User,
        };
        let user = ports.principals.user(user_id).await?;
        // The keys of system users are never listed: nobody could manage them.
        let user = user.filter(|user| !user.is_system).ok_or(missing)?;
        if user.is_admin && !caller.is_admin {
            return Err(Forbidden::PlatformAdminsOnly.into());
        }
        Ok(Self {
            user_id,
            principal_id: organization_id.unwrap_or(user.principal_id),
            reach,
        })
    }
}

/// Returns the key of the same owner that has this name, if the caller may revoke it: one of
/// their own by the rules of revocations, one of another by those of keys for others. Whether
/// it has expired is for the store to judge, when it makes the new one.
pub(super) async fn key_to_replace(
    context: &TenantContext,
    ports: &KeyPorts,
    owner: &NewOwner,
    name: &KeyName,
) -> Result<Option<ApiKeyId>, Error> {
    let revocable = ports.policies.decide(context, Act::Revoke).into_reach();
    let is_own = owner.user_id == context.caller.user.id;
    // Who may not is told that the name is taken, as ever.
    let may_replace = revocable
        .is_ok_and(|reach| !is_own || reach.admits_all_of(owner.user_id, owner.principal_id));
    if !may_replace {
        return Ok(None);
    }
    let named = ports
        .api_keys
        .find_named(owner.user_id, owner.principal_id, name);
    Ok(named.await?)
}
