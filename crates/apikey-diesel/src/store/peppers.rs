//! Which peppers compute the digests, and how many digests are under which.

use super::{
    backend,
    connection::Connection,
    job::{Effects, Written},
};
use crate::{
    announcement::stored,
    failure::{Failure, from_diesel},
    schema::peppers,
};
use apikey_domain::{
    error::PortError,
    key::{
        digest::PepperId,
        pepper_order::{NewestPepper, PepperJudgment, Proposal},
    },
    port::pepper_registry::PepperUse,
    timestamp::Timestamp,
};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult,
    dsl::sql,
    sql_types::{BigInt, Bool, Nullable, Text},
};
use diesel_async::RunQueryDsl;
use std::collections::{BTreeMap, BTreeSet};

/// The tables of digests. A key that had several secrets has one in the first table, too,
/// which no secret has: under [`NO_PEPPER`].
const TABLES: [&str; 2] = ["api_keys", "api_key_credentials"];
/// Whether a digest is ours, in the words of the indexes.
const IS_OURS: &str = "substr(secret_digest, 1, 12) = 'hmac-sha256$'";
/// The id that stands for none.
const NO_PEPPER: &str = "00000000";

/// How many digests are under a pepper.
#[derive(diesel::QueryableByName)]
struct PepperCount {
    #[diesel(sql_type = Text)]
    pepper: String,
    #[diesel(sql_type = BigInt)]
    digests: i64,
}

/// The pepper of a digest, in the words of the indexes.
fn pepper() -> String {
    format!("substr(secret_digest, 13, 8){}", backend::BYTEWISE)
}

pub(super) async fn propose(
    connection: &mut Connection,
    row: Option<i64>,
    proposal: &Proposal,
    at: Timestamp,
) -> Written<PepperJudgment> {
    backend::lock_peppers(connection).await?;
    let peers = backend::peppers_of_others(connection, row).await?;
    loop {
        let newest = match newest(connection).await? {
            Some(id) => Some(NewestPepper {
                id,
                has_digests: has_digests(connection, id).await?,
            }),
            None => None,
        };
        let first = proposal.first().to_text();
        let registered: i64 = peppers::table
            .filter(peppers::id.eq(&first))
            .count()
            .get_result(connection)
            .await?;
        let judgment = proposal.judge(newest, registered > 0, &peers);
        match judgment {
            PepperJudgment::Register => {
                diesel::insert_into(peppers::table)
                    .values((
                        peppers::id.eq(&first),
                        peppers::registered_at.eq(at.microseconds()),
                    ))
                    .execute(connection)
                    .await?;
            }
            PepperJudgment::ForgetNewest => {
                let newest = newest.map(|newest| newest.id.to_text());
                diesel::delete(peppers::table.filter(peppers::id.eq(newest.unwrap_or_default())))
                    .execute(connection)
                    .await?;
            }
            PepperJudgment::Newest(_) | PepperJudgment::Waits(_) => {
                let known = stored(Some(proposal.known()));
                backend::announce_peppers(connection, row, known).await?;
                return Ok((judgment, Effects::none()));
            }
            PepperJudgment::Unknown(_) => return Ok((judgment, Effects::none())),
        }
    }
}

/// Makes a pepper the newest one although the one before, which digests may need, is lost. No
/// node may run. If this fails, the new one is not registered, and it can be repeated.
pub(crate) async fn give_up(
    connection: &mut Connection,
    lost: PepperId,
    new: PepperId,
    at: Timestamp,
) -> QueryResult<()> {
    let [lost, new] = [lost, new].map(|id| id.to_text());
    let registered: i64 = peppers::table
        .filter(peppers::id.eq(&lost))
        .count()
        .get_result(connection)
        .await?;
    // It may have been one before, which is the newest again.
    diesel::delete(peppers::table.filter(peppers::id.eq(&new)))
        .execute(connection)
        .await?;
    let unregistered = (registered == 0).then_some(&lost);
    for id in unregistered.into_iter().chain([&new]) {
        diesel::insert_into(peppers::table)
            .values((
                peppers::id.eq(id),
                peppers::registered_at.eq(at.microseconds()),
            ))
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Returns whether this pepper is the newest, or none is registered.
pub(super) async fn may_be_renewed_under(
    connection: &mut Connection,
    id: PepperId,
) -> Result<bool, Failure> {
    let newest = newest(connection).await?;
    Ok(newest.is_none_or(|newest| newest == id))
}

async fn newest(connection: &mut Connection) -> Result<Option<PepperId>, Failure> {
    let id: Option<String> = peppers::table
        .order_by(peppers::number.desc())
        .select(peppers::id)
        .first(connection)
        .await
        .optional()?;
    let id = id.map(|id| parsed(&id)).transpose();
    id.map_err(Failure::Store)
}

pub(super) async fn newest_id(connection: &mut Connection) -> Result<Option<PepperId>, PortError> {
    newest(connection).await.map_err(PortError::from)
}

async fn has_digests(connection: &mut Connection, id: PepperId) -> QueryResult<bool> {
    for table in TABLES {
        let any = sql::<Bool>(&format!(
            "EXISTS (SELECT 1 FROM {table} WHERE {IS_OURS} AND {} = ",
            pepper()
        ));
        let any = any.bind::<Text, _>(id.to_text()).sql(")");
        if backend::get_result(connection, diesel::select(any)).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns how many digests are under other peppers than this one, and counts no further
/// than `most` in each range of an index.
pub(super) async fn outdated(
    connection: &mut Connection,
    newest: PepperId,
    most: u32,
) -> Result<u64, PortError> {
    let newest = newest.to_text();
    let mut outdated = 0;
    for table in TABLES {
        for (range, bound) in [("<", newest.clone()), (">", newest.clone())] {
            let pepper = pepper();
            let counted = sql::<BigInt>(&format!(
                "(SELECT count(*) FROM (SELECT 1 FROM {table} \
                 WHERE {IS_OURS} AND {pepper} > '{NO_PEPPER}' AND {pepper} {range} "
            ));
            let counted = counted.bind::<Text, _>(bound).sql(" LIMIT ");
            let counted = counted
                .bind::<BigInt, _>(i64::from(most))
                .sql(") AS outdated)");
            let counted: i64 = backend::get_result(connection, diesel::select(counted))
                .await
                .map_err(from_diesel)?;
            outdated += counted.unsigned_abs();
        }
    }
    Ok(outdated.min(u64::from(most)))
}

/// Returns the peppers that have digests, the first `most` of them, by one step along an
/// index for each.
pub(super) async fn in_use(
    connection: &mut Connection,
    most: u32,
) -> Result<Vec<PepperId>, PortError> {
    let mut found = BTreeSet::new();
    for table in TABLES {
        let mut last = NO_PEPPER.to_owned();
        for _ in 0..most {
            let next = sql::<Nullable<Text>>(&format!(
                "(SELECT {pepper} FROM {table} WHERE {IS_OURS} AND {pepper} > ",
                pepper = pepper()
            ));
            let next = next.bind::<Text, _>(last);
            let next = next.sql(&format!(" ORDER BY {} LIMIT 1)", pepper()));
            let next: Option<String> = backend::get_result(connection, diesel::select(next))
                .await
                .map_err(from_diesel)?;
            let Some(next) = next else {
                break;
            };
            found.insert(parsed(&next)?);
            last = next;
        }
    }
    Ok(found.into_iter().take(most as usize).collect())
}

/// Returns all peppers, and counts the digests under each.
pub(super) async fn all(connection: &mut Connection) -> Result<Vec<PepperUse>, PortError> {
    let mut digests = BTreeMap::new();
    for table in TABLES {
        let counts = diesel::sql_query(format!(
            "SELECT {pepper} AS pepper, count(*) AS digests FROM {table} \
             WHERE {IS_OURS} AND {pepper} > '{NO_PEPPER}' GROUP BY 1",
            pepper = pepper()
        ));
        let counts: Vec<PepperCount> = counts.load(connection).await.map_err(from_diesel)?;
        for count in counts {
            *digests.entry(parsed(&count.pepper)?).or_default() += count.digests.unsigned_abs();
        }
    }
    let rows: Vec<(String, i64)> = peppers::table
        .order_by(peppers::number.desc())
        .select((peppers::id, peppers::registered_at))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let mut all = Vec::with_capacity(rows.len());
    for (id, at) in rows {
        let id = parsed(&id)?;
        all.push(PepperUse {
            id,
            registered_at: Timestamp::from_microseconds(at),
            digests: digests.remove(&id).unwrap_or_default(),
        });
    }
    all.extend(digests.into_iter().map(|(id, digests)| PepperUse {
        id,
        registered_at: None,
        digests,
    }));
    Ok(all)
}

fn parsed(id: &str) -> Result<PepperId, PortError> {
    PepperId::parse(id).ok_or_else(|| PortError::Corrupt(format!("the id of a pepper: {id:?}")))
}
