//! Managing the members of an organization.

use crate::{
    access::{authority::Authority, policy::require_organization_admin, tenant::Caller},
    error::{Error, Missing, PortError, Taken, Unique},
    identifier::{PrincipalId, UserId},
    identity::organization::{Member, Role},
    listing::Window,
    use_case::{pieces::Pieces, ports::IdentityPorts},
};
use std::sync::Arc;

/// Adds a user as a member.
///
/// # Errors
///
/// Those of [`require_organization_admin`]; [`Missing::User`];
/// [`Error::AlreadyExists`] if they are already a member.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::organization::Role, use_case::identity::manage_members::add_member,
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let (alice, bob) = (app.user("alice").await, app.user("bob").await);
/// let acme = app.organization("acme", &[(&alice, Role::Admin)]).await;
/// let added = add_member(&signed_in(&alice), &app.identity, acme.id, bob.id, Role::User).await;
/// assert_eq!(added.unwrap().user_id, bob.id);
/// let again = add_member(&signed_in(&bob), &app.identity, acme.id, bob.id, Role::Admin).await;
/// assert!(again.is_err());
/// # });
/// ```
pub async fn add_member(
    caller: &Caller,
    ports: &IdentityPorts,
    organization_id: PrincipalId,
    user_id: UserId,
    role: Role,
) -> Result<Member, Error> {
    require_admin(caller, ports, organization_id).await?;
    let by = Authority::over_members(caller, organization_id, ports.clock.now());
    let added = ports
        .directory
        .add_member(by, organization_id, user_id, role)
        .await;
    match added {
        Ok(member) => member.ok_or(Missing::User.into()),
        Err(PortError::Duplicate(Unique::Member)) => Err(Taken::Member.into()),
        Err(error) => Err(error.into()),
    }
}

/// Lists the members of an organization.
///
/// # Errors
///
/// Those of [`require_organization_admin`].
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::organization::Role, listing::Window,
///     use_case::identity::manage_members::list_members,
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let acme = app.organization("acme", &[(&alice, Role::Admin)]).await;
/// let first = Window::page(1, 20).unwrap();
/// let members = list_members(&signed_in(&alice), &app.identity, acme.id, first).await.unwrap();
/// assert_eq!(members.collect().await.unwrap()[0].user_id, alice.id);
/// # });
/// ```
pub async fn list_members(
    caller: &Caller,
    ports: &IdentityPorts,
    organization_id: PrincipalId,
    window: Window,
) -> Result<Pieces<Member>, Error> {
    require_admin(caller, ports, organization_id).await?;
    let directory = Arc::clone(&ports.directory);
    let page = directory.list_members(organization_id, window).await?;
    Ok(Pieces::new(page, move |ids| {
        let directory = Arc::clone(&directory);
        Box::pin(async move { directory.members(organization_id, &ids).await })
    }))
}

/// Changes the role of a member.
///
/// # Errors
///
/// Those of [`require_organization_admin`]; [`Missing::Member`];
/// [`Error::Conflict`] for the last admin.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     Error, identity::organization::Role, use_case::identity::manage_members::update_member,
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let acme = app.organization("acme", &[(&alice, Role::Admin)]).await;
/// let caller = signed_in(&alice);
/// let demoted = update_member(&caller, &app.identity, acme.id, alice.id, Role::User).await;
/// assert!(matches!(demoted, Err(Error::Conflict(_)))); // The last admin.
/// # });
/// ```
pub async fn update_member(
    caller: &Caller,
    ports: &IdentityPorts,
    organization_id: PrincipalId,
    user_id: UserId,
    role: Role,
) -> Result<Member, Error> {
    require_admin(caller, ports, organization_id).await?;
    let directory = &ports.directory;
    let by = Authority::over_members(caller, organization_id, ports.clock.now());
    let updated = directory
        .update_member(by, organization_id, user_id, role)
        .await?;
    updated.ok_or(Missing::Member.into())
}

/// Removes a member. Their keys in the organization are kept but can no longer
/// act for it.
///
/// # Errors
///
/// Those of [`require_organization_admin`]; [`Missing::Member`];
/// [`Error::Conflict`] for the last admin.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::organization::Role, use_case::identity::manage_members::remove_member,
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let (alice, bob) = (app.user("alice").await, app.user("bob").await);
/// let acme = app.organization("acme", &[(&alice, Role::Admin), (&bob, Role::User)]).await;
/// let caller = signed_in(&alice);
/// assert!(remove_member(&caller, &app.identity, acme.id, bob.id).await.is_ok());
/// assert!(remove_member(&caller, &app.identity, acme.id, bob.id).await.is_err());
/// # });
/// ```
pub async fn remove_member(
    caller: &Caller,
    ports: &IdentityPorts,
    organization_id: PrincipalId,
    user_id: UserId,
) -> Result<(), Error> {
    require_admin(caller, ports, organization_id).await?;
    let by = Authority::over_members(caller, organization_id, ports.clock.now());
    let directory = &ports.directory;
    let is_removed = directory
        .remove_member(by, organization_id, user_id)
        .await?;
    if is_removed {
        Ok(())
    } else {
        Err(Missing::Member.into())
    }
}

async fn require_admin(
    caller: &Caller,
    ports: &IdentityPorts,
    id: PrincipalId,
) -> Result<(), Error> {
    let standing = ports.directory.standing(caller.user.id, id).await?;
    Ok(require_organization_admin(caller, id, standing)?)
}
