//! Reads and writes organizations. Writes run in the writer's transaction.

use super::{
    connection::Connection,
    found,
    job::{Effects, Written},
    key_counts,
    memberships::ended,
    pieces::{self, Cut},
    removal_marks,
};
use crate::{
    columns,
    failure::{Failure, from_diesel},
    rows::{self, OrganizationNameColumns, OrganizationRow, OrganizationSizeRow},
    schema::{memberships, organizations, principals, stored_memberships, stored_organizations},
};
use apikey_domain::{
    change::{Change, Transition},
    error::{PortError, Refusal, Unique},
    identifier::{PrincipalId, UserId},
    identity::organization::{NewOrganization, Organization, OrganizationChanges},
    listing::{Page, Piece, SearchBounds, SearchTerm, Window},
    timestamp::Timestamp,
};
use diesel::{
    BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl,
    TextExpressionMethods,
};
use diesel_async::RunQueryDsl;

pub(super) async fn find(
    connection: &mut Connection,
    id: PrincipalId,
) -> Result<Option<Organization>, PortError> {
    let row: Option<OrganizationRow> = organizations::table
        .find(id.0)
        .select(columns::ORGANIZATION)
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    row.map(Organization::try_from).transpose()
}

/// Selects the organizations that match a search term and have a given member. From the
/// table and not the view, so that an index alone is read.
macro_rules! selected {
    ($columns:expr, $search:expr, $among:expr, $member:expr) => {{
        let marked = diesel::alias!(stored_organizations as marked);
        // Few, by an index that has only these.
        let removed = marked
            .filter(marked.field(stored_organizations::removed_at).is_not_null())
            .select(marked.field(stored_organizations::principal_id));
        let mut query = stored_organizations::table
            .filter(stored_organizations::principal_id.ne_all(removed))
            .select($columns)
            .into_boxed();
        if $search.is_some() {
            query = query.filter(found!(stored_organizations::name_folded, $search));
        }
        if let Some(ids) = &$among {
            query = query.filter(stored_organizations::principal_id.eq_any(ids));
        }
        if let Some(user_id) = $member {
            let joined = memberships::table
                .filter(memberships::user_id.eq(user_id.0))
                .select(memberships::organization_id);
            query = query.filter(stored_organizations::principal_id.eq_any(joined));
        }
        query
    }};
}

pub(super) async fn list(
    connection: &mut Connection,
    search: Option<&SearchTerm>,
    member: Option<UserId>,
    window: Window,
    bounds: SearchBounds,
) -> Result<Page<Organization>, PortError> {
    // Those of one member are compared one by one.
    let searched = search.filter(|_| member.is_none());
    let among = found::organizations(connection, searched, bounds).await?;
    let ids: Vec<i64> = selected!(stored_organizations::principal_id, search, among, member)
        .order_by(stored_organizations::principal_id.asc())
        .offset(window.offset)
        .limit(i64::from(window.limit))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let total = match window.known_total(ids.len()) {
        Some(total) => total,
        None => {
            let count: i64 = selected!(diesel::dsl::count_star(), search, among, member)
                .get_result(connection)
                .await
                .map_err(from_diesel)?;
            u64::try_from(count).unwrap_or_default()
        }
    };
    let Piece { items, rest } = some(connection, &ids).await?;
    Ok(Page { items, rest, total })
}

/// Reads the organizations with these ids, as many as fit a piece.
pub(super) async fn some(
    connection: &mut Connection,
    ids: &[i64],
) -> Result<Piece<Organization>, PortError> {
    let (candidates, later) = pieces::candidates(ids);
    let sizes: Vec<OrganizationSizeRow> = organizations::table
        .filter(organizations::principal_id.eq_any(candidates))
        .select(columns::organization_size())
        .load(connection)
        .await
        .map_err(from_diesel)?;
    read(connection, pieces::cut_as(sizes, candidates, later)).await
}

async fn read(connection: &mut Connection, cut: Cut) -> Result<Piece<Organization>, PortError> {
    let rows: Vec<OrganizationRow> = organizations::table
        .filter(organizations::principal_id.eq_any(&cut.now))
        .select(columns::ORGANIZATION)
        .load(connection)
        .await
        .map_err(from_diesel)?;
    Ok(Piece {
        items: pieces::sorted_as(rows::all(rows)?, &cut.now, |id: PrincipalId| id.0),
        rest: cut.rest.into_iter().map(PrincipalId).collect(),
    })
}

pub(super) async fn create(
    connection: &mut Connection,
    new: &NewOrganization,
) -> Written<Organization> {
    refuse_taken(connection, new.slug.as_str(), None).await?;
    let id: i64 = diesel::insert_into(principals::table)
        .values(principals::kind.eq("organization"))
        .returning(principals::id)
        .get_result(connection)
        .await?;
    let created_at = new.created_at.microseconds();
    diesel::insert_into(stored_organizations::table)
        .values((
            stored_organizations::principal_id.eq(id),
            OrganizationNameColumns::from(&new.name),
            stored_organizations::slug.eq(new.slug.as_str()),
            stored_organizations::description
                .eq(new.description.as_ref().map(|text| text.as_str())),
            stored_organizations::created_at.eq(created_at),
            stored_organizations::updated_at.eq(created_at),
        ))
        .execute(connection)
        .await?;
    let organization = find(connection, PrincipalId(id)).await?;
    let organization = organization.ok_or(PortError::OwnerGone)?;
    let created = Transition::Created(organization.clone());
    Ok((
        organization,
        Effects::changed([Change::Organization(created)]),
    ))
}

/// Refuses a slug that another organization has. Between two nodes the unique index
/// decides.
async fn refuse_taken(
    connection: &mut Connection,
    slug: &str,
    own: Option<PrincipalId>,
) -> Result<(), Failure> {
    let holder: Option<i64> = organizations::table
        .filter(organizations::slug.eq(slug))
        .select(organizations::principal_id)
        .get_result(connection)
        .await
        .optional()?;
    match holder {
        Some(id) if own != Some(PrincipalId(id)) => Err(PortError::Duplicate(Unique::Slug).into()),
        _ => Ok(()),
    }
}

/// Runs under the lock of the organization's principal.
pub(super) async fn update(
    connection: &mut Connection,
    at: Timestamp,
    id: PrincipalId,
    changes: &OrganizationChanges,
) -> Written<Option<Organization>> {
    let Some(before) = find(connection, id).await? else {
        return Ok((None, Effects::none()));
    };
    if let Some(slug) = &changes.slug {
        refuse_taken(connection, slug.as_str(), Some(id)).await?;
    }
    let after = changes.applied_to(&before, at);
    diesel::update(stored_organizations::table.find(id.0))
        .set((
            OrganizationNameColumns::from(&after.name),
            stored_organizations::slug.eq(after.slug.as_str()),
            stored_organizations::description
                .eq(after.description.as_ref().map(|text| text.as_str())),
            stored_organizations::updated_at.eq(after.updated_at.microseconds()),
        ))
        .execute(connection)
        .await?;
    let updated = Transition::Updated {
        before,
        after: after.clone(),
    };
    Ok((
        Some(after),
        Effects::changed([Change::Organization(updated)]),
    ))
}

/// Runs under the lock of the organization's principal: a key that is being created for
/// it waits for that, or is counted here.
pub(super) async fn delete(
    connection: &mut Connection,
    at: Timestamp,
    id: PrincipalId,
) -> Written<bool> {
    let Some(organization) = find(connection, id).await? else {
        return Ok((false, Effects::repeat()));
    };
    if let owned @ 1.. = key_counts::owned_by(connection, id).await? {
        return Err(PortError::Refused(Refusal::OrganizationOwnsKeys(owned)).into());
    }
    let deleted = Change::Organization(Transition::Deleted(organization));
    if removal_marks::has_many_members(connection, id).await? {
        removal_marks::mark_organization(connection, at, id).await?;
        return Ok((true, Effects::changed([deleted])));
    }
    let members: Vec<(i64, i64, String)> = stored_memberships::table
        .filter(stored_memberships::organization_id.eq(id.0))
        .select(columns::MEMBERSHIP)
        .order_by(stored_memberships::user_id)
        .load(connection)
        .await?;
    diesel::delete(stored_organizations::table.find(id.0))
        .execute(connection)
        .await?;
    diesel::delete(principals::table.find(id.0))
        .execute(connection)
        .await?;
    let mut changed: Vec<_> = ended(members)?.collect();
    changed.push(deleted);
    Ok((true, Effects::changed(changed)))
}
