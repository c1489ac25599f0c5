//! What is known about rows that are to be imported.

use super::{
    connection::Connection,
    credentials,
    import_lookups::{
        is_key_id_free, is_principal_free, is_user_id_free, organization_named, user_named,
        user_with_password,
    },
    imports::Remembered,
    key_commands, memberships, names, organizations, users,
};
use crate::{failure::from_diesel, schema::stored_organizations};
use apikey_domain::{
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::user::User,
    import::{
        draft::{Draft, Drafted, KeyDraft, MembershipDraft, OrganizationDraft, UserDraft},
        facts::{
            Current, Facts, GoneFacts, ImportOptions, KeyFacts, MembershipFacts, OrganizationFacts,
            UserFacts,
        },
        source::{Reference, RowId, RowKind, SourceName},
    },
};
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;
use std::collections::BTreeSet;

/// Returns what is known of a row, to whoever looks at it alone.
pub(super) async fn of_one(
    connection: &mut Connection,
    source: &SourceName,
    options: &ImportOptions,
    drafted: &Drafted,
) -> Result<Facts, PortError> {
    of(connection, &mut Remembered::of(source), options, drafted).await
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
            let facts = of_organization(connection, remembered, draft, row).await?;
            Facts::Organization(Box::new(facts))
        }
        Draft::Membership(draft) => {
            let facts = of_membership(connection, remembered, draft, row).await?;
            Facts::Membership(Box::new(facts))
        }
        Draft::Key(draft) => {
            let facts = of_key(connection, remembered, draft, drafted).await?;
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
    if let Some(known) = known {
        facts.current = user_with_password(connection, UserId(known.target)).await?;
        facts.known = Some(known);
        return Ok(facts);
    }
    if let Some(name) = options.map.get(&draft.source_name) {
        facts.mapped = Some(user_named(connection, name).await?);
    }
    facts.is_alike = names::has_alike(connection, draft.username.as_str(), None).await?;
    facts.is_id_free = is_user_id_free(connection, draft.id).await?;
    facts.is_principal_free = is_principal_free(connection, draft.id).await?;
    Ok(facts)
}

async fn of_organization(
    connection: &mut Connection,
    remembered: &mut Remembered<'_>,
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
    Ok(OrganizationFacts {
        is_id_free: known.is_none() && is_principal_free(connection, draft.id).await?,
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
    facts.holder = credentials::holder(connection, &draft.access_key).await?;
    facts.is_id_free = match draft.id {
        Some(id) => is_key_id_free(connection, id).await?,
        None => false,
    };
    add_holder(connection, remembered, draft, &mut facts).await?;
    let Some(user) = &facts.user else {
        return Ok(facts);
    };
    if let Some(organization) = facts.organization {
        let member = memberships::find(connection, organization, user.id).await?;
        facts.is_member = member.is_some();
    }
    let owner = match is_own(draft) {
        true => Some(user.principal_id),
        false => facts.organization,
    };
    if let Some(owner) = owner {
        facts.taken = taken_names(connection, (user.id, owner), draft).await?;
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
        _ if is_own(draft) => None,
        Some(Reference::Row(id)) => organization_of(connection, remembered, *id).await?,
        Some(Reference::Name(slug)) => organization_named(connection, slug).await?,
        None => None,
    };
    Ok(())
}

/// Returns whether a key acts for its user.
fn is_own(draft: &KeyDraft) -> bool {
    let mut owner = draft.owner.iter();
    owner.all(|owner| *owner == draft.user)
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
            let user = users::find(connection, UserId(target)).await?;
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
        Some(user) => users::find(connection, UserId(user)).await,
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
    let organization = organizations::find(connection, id).await?;
    Ok(organization.map(|organization| organization.id))
}

async fn taken_names(
    connection: &mut Connection,
    (user, owner): (UserId, PrincipalId),
    draft: &KeyDraft,
) -> Result<BTreeSet<String>, PortError> {
    let mut taken = BTreeSet::new();
    // Usually the first one is free.
    for name in &draft.names {
        if key_commands::find_named(connection, (user, owner), name)
            .await?
            .is_none()
        {
            break;
        }
        taken.insert(name.as_str().to_owned());
    }
    Ok(taken)
}
