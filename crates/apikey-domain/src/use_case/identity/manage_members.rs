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
