//! What admins of an organization do with its members.

use crate::{
    access::{policy::require_organization_admin, tenant::Caller},
    change::attribution::Attribution,
    error::{Error, Missing, PortError, Taken, Unique},
    identifier::{PrincipalId, UserId},
    identity::organization::{Member, Role},
    listing::{Page, Window},
    use_case::ports::IdentityPorts,
};

/// Makes a user a member.
///
/// # Errors
///
/// Those of [`require_organization_admin`]; [`Missing::User`];
/// [`Error::AlreadyExists`] when they are a member.
pub async fn add_member(
    caller: &Caller,
    ports: &IdentityPorts,
    organization_id: PrincipalId,
    user_id: UserId,
    role: Role,
) -> Result<Member, Error> {
    require_admin(caller, ports, organization_id).await?;
    let by = Attribution::of(caller, ports.clock.now());
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
) -> Result<Page<Member>, Error> {
    require_admin(caller, ports, organization_id).await?;
    Ok(ports
        .directory
        .list_members(organization_id, window)
        .await?)
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
    let by = Attribution::of(caller, ports.clock.now());
    let updated = directory
        .update_member(by, organization_id, user_id, role)
        .await?;
    updated.ok_or(Missing::Member.into())
}

/// Ends a membership. The keys the user has in the organization stay and no
/// longer act for it.
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
    let by = Attribution::of(caller, ports.clock.now());
    let directory = &ports.directory;
    match directory
        .remove_member(by, organization_id, user_id)
        .await?
    {
        true => Ok(()),
        false => Err(Missing::Member.into()),
    }
}

async fn require_admin(
    caller: &Caller,
    ports: &IdentityPorts,
    id: PrincipalId,
) -> Result<(), Error> {
    let standing = ports.directory.standing(caller.user.id, id).await?;
    require_organization_admin(caller, id, standing)
}
