//! Resolving the principal a request acts for.

use crate::{
    access::{
        authority::Authority,
        tenant::{Caller, TenantContext, check_may_act_for, depends_on_standing},
    },
    error::Error,
    gpustack::Scope,
    identifier::PrincipalId,
    identity::{organization::Role, user::User},
    key::expiry::Expiry,
    port::principals::Principals,
    use_case::ports::KeyPorts,
};

/// Resolves the principal a request acts for, and checks that the caller may act
/// for it.
///
/// It is the key's owner principal if the caller has a key (`requested` is then
/// ignored), else the requested one, else none for a platform admin and the
/// caller's own for anyone else. Specified under "Tenant context" in
/// `docs/api.md`.
///
/// # Errors
///
/// [`Forbidden::ManagementScope`](crate::error::Forbidden::ManagementScope) for a caller
/// whose key does not grant it;
/// [`Forbidden::NotAMember`](crate::error::Forbidden::NotAMember) if the principal is
/// neither the caller's own nor an organization they belong to, unless they are a
/// platform admin;
/// [`Missing::Organization`](crate::error::Missing::Organization) if it is not an
/// organization.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::organization::Role, use_case::resolve_tenant::resolve_tenant,
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let (alice, bob) = (app.user("alice").await, app.user("bob").await);
/// let acme = app.organization("acme", &[(&alice, Role::User)]).await;
/// let context = resolve_tenant(signed_in(&alice), Some(acme.id), &*app.memory).await.unwrap();
/// assert_eq!(context.current_principal_id(), Some(acme.id));
/// assert!(resolve_tenant(signed_in(&bob), Some(acme.id), &*app.memory).await.is_err());
/// # });
/// ```
pub async fn resolve_tenant(
    caller: Caller,
    requested: Option<PrincipalId>,
    principals: &dyn Principals,
) -> Result<TenantContext, Error> {
    caller.require_scope(Scope::Management)?;
    let current_principal_id = match (caller.key(), requested) {
        (Some(key), _) => Some(key.owner_principal_id),
        (None, Some(requested)) => Some(requested),
        (None, None) if caller.user.is_admin => None,
        (None, None) => Some(caller.user.principal_id),
    };
    let mut current_role = None;
    if let Some(id) = current_principal_id {
        current_role = role_to_act_for(&caller.user, id, principals).await?;
    }
    Ok(TenantContext {
        caller,
        current_principal_id,
        current_role,
    })
}

/// Checks that the key of a caller, if any, may still act for its owner. For calls
/// without a tenant context.
///
/// # Errors
///
/// As in [`resolve_tenant`].
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::organization::Role,
///     use_case::{identity::manage_members::remove_member, resolve_tenant::check_standing},
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let (alice, bob) = (app.user("alice").await, app.user("bob").await);
/// let acme = app.organization("acme", &[(&alice, Role::Admin), (&bob, Role::User)]).await;
/// let caller = app.with_key(&bob, acme.id).await;
/// assert!(check_standing(&caller, &*app.memory).await.is_ok());
/// remove_member(&signed_in(&alice), &app.identity, acme.id, bob.id).await.unwrap();
/// assert!(check_standing(&caller, &*app.memory).await.is_err());
/// # });
/// ```
pub async fn check_standing(caller: &Caller, principals: &dyn Principals) -> Result<(), Error> {
    caller.require_scope(Scope::Management)?;
    if let Some(key) = caller.key() {
        role_to_act_for(&caller.user, key.owner_principal_id, principals).await?;
    }
    Ok(())
}

/// Checks that `user` may act for the principal `id`. Returns their role there, if
/// their right depends on their standing.
async fn role_to_act_for(
    user: &User,
    id: PrincipalId,
    principals: &dyn Principals,
) -> Result<Option<Role>, Error> {
    if !depends_on_standing(user, id) {
        return Ok(None);
    }
    let standing = principals.standing(user.id, id).await?;
    check_may_act_for(user, id, standing)?;
    Ok(standing.role)
}

/// Checks with the store that the caller still has the rights of this context.
/// For responses that continue after the request was checked.
///
/// # Errors
///
/// Those of [`Authority::judge`]: what the caller would be refused with now.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::{
///     identity::manage_users::delete_user, resolve_tenant::check_still_holds,
/// };
/// use apikey_testing::{TestApp, test_app::{in_own_principal, signed_in}};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let (root, alice) = (app.admin("root").await, app.user("alice").await);
/// let context = in_own_principal(&alice);
/// assert!(check_still_holds(&context, &app.keys).await.is_ok());
/// delete_user(&signed_in(&root), &app.identity, alice.id).await.unwrap();
/// assert!(check_still_holds(&context, &app.keys).await.is_err());
/// # });
/// ```
pub async fn check_still_holds(context: &TenantContext, ports: &KeyPorts) -> Result<Expiry, Error> {
    still_holds(
        &Authority::in_tenant(context, ports.verify.clock.now()),
        ports,
    )
    .await
}

/// Checks with the store that an authority still holds, and returns until when it does at
/// most.
pub(super) async fn still_holds(by: &Authority, ports: &KeyPorts) -> Result<Expiry, Error> {
    let Some(grounds) = by.grounds() else {
        return Ok(Expiry::NEVER);
    };
    let rights = ports.principals.current_rights(grounds).await?;
    by.judge(&rights)?;
    Ok(rights.key.map_or(Expiry::NEVER, |key| key.ends_at()))
}
