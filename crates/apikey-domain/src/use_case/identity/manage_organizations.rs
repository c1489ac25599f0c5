//! Managing organizations, for platform admins.

use crate::{
    access::{authority::Authority, policy::require_platform_admin, tenant::Caller},
    error::{Error, Missing, PortError, Taken, Unique},
    identifier::PrincipalId,
    identity::organization::{
        NewOrganization, Organization, OrganizationChanges, OrganizationName, Slug,
    },
    key::key_name::Description,
    listing::{Page, SearchTerm, Window},
    use_case::{identity::new_name::new_name, pieces::Pieces, ports::IdentityPorts},
};
use std::sync::Arc;

/// An organization to create.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::organization::{OrganizationName, Slug},
///     use_case::identity::manage_organizations::CreateOrganization,
/// };
///
/// let request = CreateOrganization {
///     name: OrganizationName::parse("Acme Inc.").unwrap(),
///     slug: Slug::parse("acme").unwrap(),
///     description: None,
/// };
/// assert_eq!(request.slug.as_str(), "acme");
/// ```
#[derive(Debug)]
pub struct CreateOrganization {
    /// Its name.
    pub name: OrganizationName,
    /// Its short name.
    pub slug: Slug,
    /// A free-text description.
    pub description: Option<Description>,
}

/// Changes to an organization; absent fields stay as they are.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::identity::manage_organizations::UpdateOrganization;
///
/// let changes = UpdateOrganization { description: Some(None), ..Default::default() };
/// assert!(changes.name.is_none() && changes.slug.is_none());
/// ```
#[derive(Debug, Default)]
pub struct UpdateOrganization {
    /// The new name, or the one it has: that is accepted as it is stored, though it may
    /// break rules of today.
    pub name: Option<String>,
    /// The new short name.
    pub slug: Option<Slug>,
    /// The new description, or `Some(None)` to remove it.
    pub description: Option<Option<Description>>,
}

/// Creates an organization.
///
/// # Errors
///
/// [`Error::Forbidden`] for anyone but a platform admin;
/// [`Error::AlreadyExists`] if the slug is taken.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::organization::{OrganizationName, Slug},
///     use_case::identity::manage_organizations::{CreateOrganization, create_organization},
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let root = signed_in(&app.admin("root").await);
/// let request = CreateOrganization {
///     name: OrganizationName::parse("Acme Inc.").unwrap(),
///     slug: Slug::parse("acme").unwrap(),
///     description: None,
/// };
/// let acme = create_organization(&root, &app.identity, request).await.unwrap();
/// assert_eq!(acme.name.as_str(), "Acme Inc.");
/// # });
/// ```
pub async fn create_organization(
    caller: &Caller,
    ports: &IdentityPorts,
    request: CreateOrganization,
) -> Result<Organization, Error> {
    require_platform_admin(caller)?;
    let slug = request.slug.clone();
    let new = NewOrganization {
        name: request.name,
        slug: request.slug,
        description: request.description,
        created_at: ports.clock.now(),
    };
    let by = Authority::of(caller, new.created_at);
    let created = ports.directory.create_organization(by, new).await;
    created.map_err(|error| slug_taken(error, Some(&slug)))
}

/// Lists organizations.
///
/// # Errors
///
/// [`Error::Forbidden`] for anyone but a platform admin.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     listing::{SearchTerm, Window},
///     use_case::identity::manage_organizations::list_organizations,
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let root = signed_in(&app.admin("root").await);
/// app.organization("acme", &[]).await;
/// let (search, first) = (SearchTerm::parse("ACM").unwrap(), Window::page(1, 20).unwrap());
/// let found = list_organizations(&root, &app.identity, search.as_ref(), first).await;
/// assert_eq!(found.unwrap().total(), 1);
/// # });
/// ```
pub async fn list_organizations(
    caller: &Caller,
    ports: &IdentityPorts,
    search: Option<&SearchTerm>,
    window: Window,
) -> Result<Pieces<Organization>, Error> {
    require_platform_admin(caller)?;
    let directory = &ports.directory;
    let page = directory.list_organizations(search, None, window).await?;
    Ok(pieces(ports, page))
}

/// Reads a page of organizations in pieces.
pub(super) fn pieces(ports: &IdentityPorts, page: Page<Organization>) -> Pieces<Organization> {
    let directory = Arc::clone(&ports.directory);
    Pieces::new(page, move |ids| {
        let directory = Arc::clone(&directory);
        Box::pin(async move { directory.organizations(&ids).await })
    })
}

/// Returns an organization.
///
/// # Errors
///
/// [`Error::Forbidden`] for anyone but a platform admin;
/// [`Missing::Organization`].
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::identity::manage_organizations::get_organization;
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let root = signed_in(&app.admin("root").await);
/// let acme = app.organization("acme", &[]).await;
/// assert_eq!(get_organization(&root, &app.identity, acme.id).await.unwrap(), acme);
/// # });
/// ```
pub async fn get_organization(
    caller: &Caller,
    ports: &IdentityPorts,
    id: PrincipalId,
) -> Result<Organization, Error> {
    require_platform_admin(caller)?;
    ports
        .directory
        .organization(id)
        .await?
        .ok_or(Missing::Organization(id).into())
}

/// Updates an organization.
///
/// # Errors
///
/// [`Error::Forbidden`] for anyone but a platform admin;
/// [`Missing::Organization`]; [`Error::Invalid`] for a name that breaks a rule;
/// [`Error::AlreadyExists`] if the slug is taken.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::identity::manage_organizations::{
///     UpdateOrganization, update_organization,
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let root = signed_in(&app.admin("root").await);
/// let acme = app.organization("acme", &[]).await;
/// let changes = UpdateOrganization { name: Some("Acme Inc.".into()), ..Default::default() };
/// let renamed = update_organization(&root, &app.identity, acme.id, changes).await.unwrap();
/// assert_eq!((renamed.name.as_str(), renamed.slug), ("Acme Inc.", acme.slug));
/// # });
/// ```
pub async fn update_organization(
    caller: &Caller,
    ports: &IdentityPorts,
    id: PrincipalId,
    request: UpdateOrganization,
) -> Result<Organization, Error> {
    require_platform_admin(caller)?;
    let slug = request.slug.clone();
    let changes = OrganizationChanges {
        name: match request.name {
            Some(text) => {
                let stored = async {
                    let organization = ports.directory.organization(id).await?;
                    Ok(organization.map(|organization| organization.name.as_str().to_owned()))
                };
                let parsed = OrganizationName::parse(&text);
                new_name(&text, parsed, OrganizationName::as_str, stored).await?
            }
            None => None,
        },
        slug: request.slug,
        description: request.description,
    };
    let by = Authority::of(caller, ports.clock.now());
    let updated = ports.directory.update_organization(by, id, changes).await;
    updated
        .map_err(|error| slug_taken(error, slug.as_ref()))?
        .ok_or(Missing::Organization(id).into())
}

/// Deletes an organization that owns no keys.
///
/// # Errors
///
/// [`Error::Forbidden`] for anyone but a platform admin;
/// [`Missing::Organization`]; [`Error::Conflict`] while it owns keys.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     Error, use_case::identity::manage_organizations::delete_organization,
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let root = signed_in(&app.admin("root").await);
/// let acme = app.organization("acme", &[]).await;
/// delete_organization(&root, &app.identity, acme.id).await.unwrap();
/// let again = delete_organization(&root, &app.identity, acme.id).await;
/// assert!(matches!(again, Err(Error::NotFound(_))));
/// # });
/// ```
pub async fn delete_organization(
    caller: &Caller,
    ports: &IdentityPorts,
    id: PrincipalId,
) -> Result<(), Error> {
    require_platform_admin(caller)?;
    let by = Authority::of(caller, ports.clock.now());
    if ports.directory.delete_organization(by, id).await? {
        Ok(())
    } else {
        Err(Missing::Organization(id).into())
    }
}

fn slug_taken(error: PortError, slug: Option<&Slug>) -> Error {
    match (error, slug) {
        (PortError::Duplicate(Unique::Slug), Some(slug)) => {
            Taken::Slug(slug.as_str().to_owned()).into()
        }
        (error, _) => error.into(),
    }
}
