//! What is known about rows that are to be imported.

use super::{
    connection::Connection,
    import_lookups::{Ids, organization_named, user_named, user_with_password},
    imports::Remembered,
    key_commands, last_admin, memberships, names, organizations,
};
use crate::{
    failure::from_diesel,
    schema::{stored_organizations, stored_users},
};
use apikey_domain::{
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::user::{User, UserCredential},
    import::{
        draft::{
            Draft, Drafted, KeyDraft, MembershipDraft, NO_PASSWORD, OrganizationDraft, UserDraft,
        },
        facts::{
            Administrators, Current, Facts, GoneFacts, ImportOptions, KeyFacts, MembershipFacts,
            OrganizationFacts, UserFacts,
        },
        source::{Reference, RowId, RowKind, SourceName},
    },
};
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;
use std::collections::{BTreeMap, BTreeSet};

/// Returns what is known of a row, to whoever looks at it alone.
pub(super) async fn of_one(
    connection: &mut Connection,
    source: &SourceName,
    options: &ImportOptions,
    drafted: &Drafted,
    merged: &BTreeMap<i64, UserId>,
) -> Result<Facts, PortError> {
    let mut remembered = Remembered::pretending(source, merged);
    of(connection, &mut remembered, options, drafted).await
}

/// Counts the active platform admins.
pub(super) async fn administrators(
    connection: &mut Connection,
) -> Result<Administrators, PortError> {
    let all = last_admin::platform_admins_but(connection, None).await;
    let with_password: i64 = stored_users::table
        .filter(stored_users::is_admin)
        .filter(stored_users::is_active)
        .filter(stored_users::password_hash.ne(NO_PASSWORD))
        .count()
        .get_result(connection)
        .await
        .map_err(from_diesel)?;
    Ok(Administrators {
        all: all.map_err(from_diesel)?,
        with_password: u64::try_from(with_password).unwrap_or_default(),
    })
}

/// Counts the admins of an organization.
pub(super) async fn organization_admins(
    connection: &mut Connection,
    organization: PrincipalId,
) -> Result<u64, PortError> {
    let admins = last_admin::organization_admins_but(connection, organization, None).await;
    admins.map_err(from_diesel)
}

/// Returns what is known of a row.
pub(super) async fn of(
    connection: &mut Connection,
    remembered: &mut Remembered<'_>,
    options: &ImportOptions,
    drafted: &Drafted,
) -> Result<Facts, PortError> {
    let row = drafted.row();
    Ok(match &drafted.draft {
        Draft::User(draft) => {
            let facts = of_user(connection, remembered, options, draft, row).await?;
            Facts::User(Box::new(facts))
        }
        Draft::Organization(draft) => {
            let facts = of_organization(connection, remembered, options, draft, row).await?;
            Facts::Organization(Box::new(facts))
        }
        Draft::Membership(draft) => {
            let facts = of_membership(connection, remembered, draft, row).await?;
            Facts::Membership(Box::new(facts))
        }
        Draft::Key(draft) => {
            let facts = of_key(connection, remembered, options, draft, drafted).await?;
            Facts::Key(Box::new(facts))
        }
        Draft::End => Facts::Gone(Box::new(of_gone(connection, remembered, row).await?)),
    })
}

async fn of_user(
    connection: &mut Connection,
    remembered: &mut Remembered<'_>,
    options: &ImportOptions,
    draft: &UserDraft,
    row: &RowId,
) -> Result<UserFacts, PortError> {
    let known = remembered.find(connection, row).await?;
    let namesake = user_named(connection, draft.username.as_str()).await?;
    let mut facts = UserFacts {
        namesake: namesake.map(|user| user.id),
        ..UserFacts::default()
    };
    let name = draft.username.as_str();
    if let Some(known) = known {
        let own = UserId(known.target);
        facts.current = user_with_password(connection, own).await?;
        facts.known = Some(known);
        let is_it = |current: &UserCredential| current.user.username.as_str() == name;
        if !facts.current.as_ref().is_none_or(is_it) {
            facts.is_alike = names::has_alike(connection, name, Some(own)).await?;
        }
        return Ok(facts);
    }
    if let Some(name) = options.map.get(&draft.source_name) {
        facts.mapped = Some(user_named(connection, name).await?);
    }
    facts.is_alike = names::has_alike(connection, name, None).await?;
    if options.keep_ids {
        facts.is_id_free = remembered
            .seen
            .is_free(connection, Ids::Users, draft.id)
            .await?;
        let principal = remembered
            .seen
            .is_free(connection, Ids::Principals, draft.id);
        facts.is_principal_free = principal.await?;
    }
    Ok(facts)
}

async fn of_organization(
    connection: &mut Connection,
    remembered: &mut Remembered<'_>,
    options: &ImportOptions,
    draft: &OrganizationDraft,
    row: &RowId,
) -> Result<OrganizationFacts, PortError> {
    let known = remembered.find(connection, row).await?;
    let slugs: Vec<&str> = draft.slugs.iter().map(|slug| slug.as_str()).collect();
    let taken: Vec<String> = stored_organizations::table
        .filter(stored_organizations::slug.eq_any(slugs))
        .select(stored_organizations::slug)
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let current = match &known {
        Some(known) => organizations::find(connection, PrincipalId(known.target)).await?,
        None => None,
    };
    let is_id_free = match known.is_none() && options.keep_ids {
        true => {
            let principal = remembered
                .seen
                .is_free(connection, Ids::Principals, draft.id);
            principal.await?
        }
        false => false,
    };
    Ok(OrganizationFacts {
        is_id_free,
        known,
        current,
        taken: BTreeSet::from_iter(taken),
    })
}

async fn of_membership(
    connection: &mut Connection,
    remembered: &mut Remembered<'_>,
    draft: &MembershipDraft,
    row: &RowId,
) -> Result<MembershipFacts, PortError> {
    let organization = organization_of(connection, remembered, draft.organization).await?;
    let user = user_of(connection, remembered, draft.user).await?;
    let user = user.map(|user| user.id);
    let current = match organization.zip(user) {
        Some((organization, user)) => memberships::find(connection, organization, user).await?,
        None => None,
    };
    Ok(MembershipFacts {
        known: remembered.find(connection, row).await?,
        organization,
        user,
        current: current.map(|member| member.role),
    })
}

async fn of_key(
    connection: &mut Connection,
    remembered: &mut Remembered<'_>,
    options: &ImportOptions,
    draft: &KeyDraft,
    drafted: &Drafted,
) -> Result<KeyFacts, PortError> {
    let known = remembered.find(connection, drafted.row()).await?;
    let mut facts = KeyFacts::default();
    if let Some(known) = known {
        let says_the_same = known.state == drafted.state;
        facts.current = key_commands::find_any(connection, ApiKeyId(known.target)).await?;
        facts.known = Some(known);
        if let Some(current) = &facts.current {
            let of = (current.user_id, current.owner_principal_id);
            facts.taken = taken_names(connection, of, draft).await?;
        }
        if !says_the_same {
            add_holder(connection, remembered, draft, &mut facts).await?;
        }
        return Ok(facts);
    }
    // A dry run asks also about keys of users who are not here yet.
    facts.holder = remembered.seen.holder(connection, draft).await?;
    facts.is_id_free = match draft.id.filter(|_| options.keep_ids) {
        Some(id) => remembered.seen.is_free(connection, Ids::Keys, id).await?,
        None => false,
    };
    add_holder(connection, remembered, draft, &mut facts).await?;
    if let (Some(user), Some(organization)) = (&facts.user, facts.organization) {
        let member = memberships::find(connection, organization, user.id).await?;
        facts.is_member = member.is_some();
    }
    if let Some(of) = facts.whose(draft) {
        facts.taken = taken_names(connection, of, draft).await?;
    }
    Ok(facts)
}

/// Adds whose the key is.
async fn add_holder(
    connection: &mut Connection,
    remembered: &mut Remembered<'_>,
    draft: &KeyDraft,
    facts: &mut KeyFacts,
) -> Result<(), PortError> {
    facts.user = match &draft.user {
        Reference::Row(id) => user_of(connection, remembered, *id).await?,
        Reference::Name(name) => user_named(connection, name).await?,
    };
    facts.organization = match &draft.owner {
        _ if draft.is_own() => None,
        Some(Reference::Row(id)) => organization_of(connection, remembered, *id).await?,
        Some(Reference::Name(slug)) => organization_named(connection, slug).await?,
        None => None,
    };
    Ok(())
}

async fn of_gone(
    connection: &mut Connection,
    remembered: &mut Remembered<'_>,
    row: &RowId,
) -> Result<GoneFacts, PortError> {
    let Some(known) = remembered.find(connection, row).await? else {
        return Ok(GoneFacts::default());
    };
    let target = known.target;
    let current = match row.kind {
        RowKind::User => {
            let user = user_with_password(connection, UserId(target)).await?;
            user.map(Current::User)
        }
        RowKind::Organization => {
            let organization = organizations::find(connection, PrincipalId(target)).await?;
            organization.map(Current::Organization)
        }
        RowKind::Key => {
            let key = key_commands::find_any(connection, ApiKeyId(target)).await?;
            key.map(|key| Current::Key(Box::new(key)))
        }
        RowKind::Membership => {
            let organization = match row.as_membership() {
                Some((id, _)) => organization_of(connection, remembered, id).await?,
                None => None,
            };
            match organization {
                Some(organization) => {
                    let member = memberships::find(connection, organization, UserId(target));
                    let member = member.await?;
                    member.map(|one| Current::Membership(organization, one.user_id, one.role))
                }
                None => None,
            }
        }
    };
    Ok(GoneFacts {
        known: Some(known),
        current,
    })
}

/// Returns the user that a row of the source became, if they are here.
pub(super) async fn user_of(
    connection: &mut Connection,
    remembered: &mut Remembered<'_>,
    id: i64,
) -> Result<Option<User>, PortError> {
    match remembered.target(connection, RowKind::User, id).await? {
        Some(user) => remembered.seen.user(connection, UserId(user)).await,
        None => Ok(None),
    }
}

/// Returns the organization that a row of the source became, if it is here.
pub(super) async fn organization_of(
    connection: &mut Connection,
    remembered: &mut Remembered<'_>,
    id: i64,
) -> Result<Option<PrincipalId>, PortError> {
    let target = remembered
        .target(connection, RowKind::Organization, id)
        .await?;
    let Some(id) = target.map(PrincipalId) else {
        return Ok(None);
    };
    let is_here = remembered.seen.has_organization(connection, id).await?;
    Ok(is_here.then_some(id))
}

async fn taken_names(
    connection: &mut Connection,
    holder: (UserId, PrincipalId),
    draft: &KeyDraft,
) -> Result<BTreeSet<String>, PortError> {
    let names = draft.names.iter().map(|name| name.as_str());
    let taken = key_commands::taken_names(connection, holder, names.collect()).await?;
    Ok(taken.into_iter().collect())
}
