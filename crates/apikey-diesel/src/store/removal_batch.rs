//! Deletes a batch of what those have who are being removed, in a transaction.
//!
//! One transaction of all nodes does so at a time: the others find the advisory lock
//! taken and do nothing. A batch begins after the last one of this node ([`Place`]), so
//! PostgreSQL does not pass over the entries of an index again that it has not cleaned
//! yet. Before that place nothing is left, and nobody can add anything.

use super::{
    backend,
    connection::Connection,
    job::{Effects, Written},
    key_counts,
    memberships::ended,
    pieces,
    removal_marks::MOST_AT_ONCE,
    removal_progress::{Place, Stage},
};
use crate::{
    columns,
    failure::{Failure, from_diesel},
    row_lock::{Row, RowLocks, Strength},
    rows::{self, ApiKeyRow, ApiKeySizeRow},
    schema::{
        api_key_uses, api_keys, key_users, principals, stored_memberships, stored_organizations,
        stored_users,
    },
};
use apikey_domain::{
    change::{Change, KeyEvent},
    error::PortError,
    identifier::{PrincipalId, UserId},
    key::api_key::ApiKey,
    port::removals::{RemovalStep, RemovedOwner},
};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl,
    dsl::sql,
    sql_types::{BigInt, Bool},
};
use diesel_async::RunQueryDsl;

/// What a transaction did, and where the next one begins.
#[derive(Clone, Copy)]
pub(super) struct Done {
    pub(super) step: RemovalStep,
    pub(super) place: Option<Place>,
}

/// Who is being removed.
#[derive(Clone, Copy)]
struct Owner {
    principal: PrincipalId,
    owner: RemovedOwner,
}

/// Returns whose removal began first, of those whose did not fail.
pub(super) async fn first(
    connection: &mut Connection,
    failed: &[PrincipalId],
) -> Result<Option<PrincipalId>, PortError> {
    let failed: Vec<i64> = failed.iter().map(|id| id.0).collect();
    let principal: Option<i64> = principals::table
        .filter(principals::removed_at.is_not_null())
        .filter(principals::id.ne_all(failed))
        .select(principals::id)
        .order_by((principals::removed_at.asc(), principals::id.asc()))
        .limit(1)
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    Ok(principal.map(PrincipalId))
}

/// Deletes at most `most` keys or memberships of one who is being removed, or the rest if
/// there are none.
pub(super) async fn go_on(
    connection: &mut Connection,
    principal: PrincipalId,
    place: Option<Place>,
    most: u32,
) -> Written<Done> {
    let idle = Done {
        step: RemovalStep::Idle,
        place,
    };
    if !backend::try_lock_removals(connection).await? {
        return Ok((idle, Effects::none()));
    }
    let Some(owner) = owner(connection, principal).await? else {
        return Ok((idle, Effects::none()));
    };
    let most = most.clamp(1, MOST_AT_ONCE);
    let place = place.filter(|place| place.principal == owner.principal);
    for stage in [Stage::Keys, Stage::OwnedKeys] {
        let place = place.filter(|place| place.stage == stage);
        if has_keys(connection, owner, stage).await? {
            let next = next_keys(connection, owner, stage, place, most).await?;
            // None after the place: the next transaction looks from the beginning.
            if !next.is_empty() || place.is_some() {
                return keys(connection, owner, stage, next).await;
            }
        }
    }
    let place = place.filter(|place| place.stage == Stage::Memberships);
    let after = place.map_or(i64::MIN, |place| place.id);
    let members = memberships(connection, owner, after, most).await?;
    if members.is_empty() {
        return rest(connection, owner).await;
    }
    let last = members
        .last()
        .map(|(organization_id, user_id, _)| match owner.owner {
            RemovedOwner::User(_) => *organization_id,
            RemovedOwner::Organization(_) => *user_id,
        });
    let done = Done {
        step: RemovalStep::Deleted {
            keys: 0,
            memberships: u32::try_from(members.len()).unwrap_or(u32::MAX),
        },
        place: last.map(|id| Place {
            principal: owner.principal,
            stage: Stage::Memberships,
            created_at: 0,
            id,
        }),
    };
    Ok((done, Effects::changed(ended(members)?.collect::<Vec<_>>())))
}

/// Returns who a principal is, if it still is being removed.
async fn owner(
    connection: &mut Connection,
    principal: PrincipalId,
) -> Result<Option<Owner>, Failure> {
    let stored: Option<i64> = principals::table
        .filter(principals::id.eq(principal.0))
        .filter(principals::removed_at.is_not_null())
        .select(principals::id)
        .get_result(connection)
        .await
        .optional()?;
    if stored.is_none() {
        return Ok(None);
    }
    let user: Option<i64> = stored_users::table
        .filter(stored_users::principal_id.eq(principal.0))
        .select(stored_users::id)
        .get_result(connection)
        .await
        .optional()?;
    let owner = match user {
        Some(id) => RemovedOwner::User(UserId(id)),
        None => RemovedOwner::Organization(principal),
    };
    Ok(Some(Owner { principal, owner }))
}

/// Returns whether a user has keys, or a principal owns some. This is what is counted and
/// not looked for: on PostgreSQL the index may still have all that were deleted.
async fn has_keys(
    connection: &mut Connection,
    owner: Owner,
    stage: Stage,
) -> Result<bool, Failure> {
    let keys = match (stage, owner.owner) {
        (Stage::Keys, RemovedOwner::User(id)) => key_counts::of_user(connection, id).await?,
        (Stage::OwnedKeys, _) => key_counts::owned_by(connection, owner.principal).await?,
        _ => 0,
    };
    Ok(keys > 0)
}

/// Deletes keys, and says where the next begin.
async fn keys(
    connection: &mut Connection,
    owner: Owner,
    stage: Stage,
    next: Vec<(i64, i64)>,
) -> Written<Done> {
    let mut locks = RowLocks::default();
    for (id, _) in &next {
        locks.add(Row::ApiKey(*id), Strength::Update);
    }
    backend::lock_rows(connection, &locks).await?;
    let ids: Vec<i64> = next.iter().map(|(id, _)| *id).collect();
    // Of these somebody may have deleted some before they were locked.
    let rows: Vec<ApiKeyRow> = api_keys::table
        .inner_join(key_users::table)
        .left_join(api_key_uses::table)
        .filter(api_keys::id.eq_any(&ids))
        .select(columns::api_key())
        .order_by(api_keys::id)
        .load(connection)
        .await?;
    let keys: Vec<ApiKey> = rows::all(rows)?;
    diesel::delete(api_keys::table.filter(api_keys::id.eq_any(&ids)))
        .execute(connection)
        .await?;
    let done = Done {
        step: RemovalStep::Deleted {
            keys: u32::try_from(keys.len()).unwrap_or(u32::MAX),
            memberships: 0,
        },
        place: next.last().map(|(id, created_at)| Place {
            principal: owner.principal,
            stage,
            created_at: *created_at,
            id: *id,
        }),
    };
    let deleted = keys.into_iter().map(KeyEvent::Deleted).map(Change::Key);
    Ok((done, Effects::changed(deleted.collect::<Vec<_>>())))
}

/// Returns the ids and dates of the next keys, in the order of their creation, as many as
/// one transaction deletes.
async fn next_keys(
    connection: &mut Connection,
    owner: Owner,
    stage: Stage,
    place: Option<Place>,
    most: u32,
) -> Result<Vec<(i64, i64)>, Failure> {
    let mut query = api_keys::table
        .inner_join(key_users::table)
        .select((columns::api_key_size(), api_keys::created_at))
        .order_by((api_keys::created_at.asc(), api_keys::id.asc()))
        .limit(i64::from(most))
        .into_boxed();
    query = match (stage, owner.owner) {
        (Stage::Keys, RemovedOwner::User(id)) => query.filter(api_keys::user_id.eq(id.0)),
        _ => query.filter(api_keys::owner_principal_id.eq(owner.principal.0)),
    };
    if let Some(place) = place {
        query = query.filter(
            sql::<Bool>("(api_keys.created_at, api_keys.id) > (")
                .bind::<BigInt, _>(place.created_at)
                .sql(", ")
                .bind::<BigInt, _>(place.id)
                .sql(")"),
        );
    }
    let found: Vec<(ApiKeySizeRow, i64)> = query.load(connection).await?;
    let (sizes, dates): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let fitting = pieces::fitting_batch(&sizes);
    let ids = sizes.iter().map(rows::SizeRow::id);
    Ok(ids.zip(dates).take(fitting).collect())
}

/// Deletes the next memberships of a user or in an organization, and returns them.
async fn memberships(
    connection: &mut Connection,
    owner: Owner,
    after: i64,
    most: u32,
) -> Result<Vec<(i64, i64, String)>, Failure> {
    let query = stored_memberships::table
        .select(columns::MEMBERSHIP)
        .limit(i64::from(most))
        .into_boxed();
    let query = match owner.owner {
        RemovedOwner::User(id) => query
            .filter(stored_memberships::user_id.eq(id.0))
            .filter(stored_memberships::organization_id.gt(after))
            .order_by(stored_memberships::organization_id.asc()),
        RemovedOwner::Organization(id) => query
            .filter(stored_memberships::organization_id.eq(id.0))
            .filter(stored_memberships::user_id.gt(after))
            .order_by(stored_memberships::user_id.asc()),
    };
    let members: Vec<(i64, i64, String)> = query.load(connection).await?;
    let mut locks = RowLocks::default();
    for (organization_id, user_id, _) in &members {
        locks.add(
            Row::Membership(*organization_id, *user_id),
            Strength::Update,
        );
    }
    backend::lock_rows(connection, &locks).await?;
    let organizations: Vec<i64> = members.iter().map(|(id, _, _)| *id).collect();
    let users: Vec<i64> = members.iter().map(|(_, id, _)| *id).collect();
    let theirs = stored_memberships::organization_id
        .eq_any(organizations)
        .and(stored_memberships::user_id.eq_any(users));
    diesel::delete(stored_memberships::table.filter(theirs))
        .execute(connection)
        .await?;
    Ok(members)
}

/// Deletes what is left of a user or an organization without keys and memberships. That
/// they are deleted was recorded when they were marked.
async fn rest(connection: &mut Connection, owner: Owner) -> Written<Done> {
    let mut locks = RowLocks::default();
    if let RemovedOwner::User(id) = owner.owner {
        locks.add(Row::User(id.0), Strength::Update);
    }
    locks.add(Row::Principal(owner.principal.0), Strength::Update);
    backend::lock_rows(connection, &locks).await?;
    match owner.owner {
        RemovedOwner::User(id) => {
            let user = stored_users::table.find(id.0);
            diesel::delete(user).execute(connection).await?;
        }
        RemovedOwner::Organization(id) => {
            let organization = stored_organizations::table.find(id.0);
            diesel::delete(organization).execute(connection).await?;
        }
    }
    diesel::delete(principals::table.find(owner.principal.0))
        .execute(connection)
        .await?;
    let done = Done {
        step: RemovalStep::Ended(owner.owner),
        place: None,
    };
    Ok((done, Effects::none()))
}
