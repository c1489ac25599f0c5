//! Which keys are as conditions say, as far as indexes tell: those that may be, if they are
//! few, or those that are not.

mod range;

use super::{connection::Connection, list_state::counts};
use crate::schema::{api_key_counts, key_users};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    key::{conditions::KeyConditions, status::Status},
    timestamp::Timestamp,
};
use diesel::{ExpressionMethods, QueryDsl, QueryResult};
use diesel_async::RunQueryDsl;
use range::{Range, Tenant};
use std::collections::HashSet;

/// How many users, or how many of their organizations, are asked for one by one.
const MOST_TENANTS: i64 = 100;

/// What indexes tell.
pub(super) enum Told {
    /// All that are as the conditions say are among these.
    Among(Vec<i64>),
    /// All are as the conditions say but these.
    AllBut(HashSet<i64>),
    /// Too many may be, and too many are not.
    TooMuch,
}

/// Where the keys are of which a condition holds, and where those of which it does not.
struct Sides<'a> {
    among: Vec<Range<'a>>,
    all_but: Option<Vec<Range<'a>>>,
}

/// Returns which keys of the list are as its conditions say. At most `most` of them are
/// told, and each condition reads no more than that.
pub(super) async fn keys(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    most: usize,
) -> QueryResult<Told> {
    let tenants: Vec<Tenant> = counts!(
        filter,
        (api_key_counts::user_id, api_key_counts::owner_principal_id)
    )
    .distinct()
    .limit(MOST_TENANTS + 1)
    .load(connection)
    .await?;
    if tenants.len() as i64 > MOST_TENANTS {
        return Ok(Told::TooMuch);
    }
    let all = sides(filter.conditions());
    for sides in &all {
        if let Some(ids) = found(connection, &tenants, &sides.among, most).await? {
            return Ok(Told::Among(ids.into_iter().collect()));
        }
    }
    let mut others = HashSet::new();
    for sides in &all {
        let Some(ranges) = &sides.all_but else {
            return Ok(Told::TooMuch);
        };
        let Some(ids) = found(connection, &tenants, ranges, most).await? else {
            return Ok(Told::TooMuch);
        };
        others.extend(ids);
    }
    match others.len() <= most {
        true => Ok(Told::AllBut(others)),
        false => Ok(Told::TooMuch),
    }
}

/// Returns the keys of these tenants in these ranges, unless they are more than `most`.
async fn found(
    connection: &mut Connection,
    tenants: &[Tenant],
    ranges: &[Range<'_>],
    most: usize,
) -> QueryResult<Option<HashSet<i64>>> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let mut ids = HashSet::new();
    for tenant in tenants {
        for range in ranges {
            // A key may be in several ranges.
            ids.extend(range.ids(connection, *tenant, limit).await?);
            if ids.len() > most {
                return Ok(None);
            }
        }
    }
    Ok(Some(ids))
}

/// Returns the sides of each condition. A key that is disabled or revoked has the first
/// instant of the calendar in `expires_at`.
fn sides(conditions: &KeyConditions) -> Vec<Sides<'_>> {
    const FIRST: i64 = Timestamp::MIN.microseconds();
    let noted = conditions.noted().map(|(name, text)| Sides {
        among: vec![Range::Noted(name, text)],
        all_but: None,
    });
    let mut all: Vec<Sides<'_>> = noted.collect();
    if let Some((status, now)) = conditions.status {
        let after_now = now.microseconds() + 1;
        all.push(match status {
            Status::Revoked => Sides {
                among: vec![Range::Revoked],
                all_but: None,
            },
            Status::Disabled => Sides {
                among: vec![Range::Disabled],
                all_but: None,
            },
            Status::Expired => Sides {
                among: vec![Range::Expiry(FIRST + 1, Some(after_now))],
                all_but: Some(vec![
                    Range::Revoked,
                    Range::Disabled,
                    Range::Expiry(after_now, None),
                ]),
            },
            Status::Active => Sides {
                among: vec![Range::Expiry(after_now, None)],
                all_but: Some(vec![
                    Range::Revoked,
                    Range::Disabled,
                    Range::Expiry(FIRST, Some(after_now)),
                ]),
            },
        });
    }
    if let Some(end) = conditions.expires_before {
        let end = end.microseconds();
        all.push(Sides {
            among: vec![
                Range::Expiry(FIRST + 1, Some(end)),
                Range::KeptExpiry(FIRST, Some(end)),
            ],
            all_but: Some(vec![
                Range::Expiry(end.max(FIRST + 1), None),
                Range::KeptExpiry(end, None),
            ]),
        });
    }
    if let Some(since) = conditions.unused_since {
        let since = since.microseconds();
        all.push(Sides {
            among: vec![Range::Used(i64::MIN, Some(since))],
            all_but: Some(vec![Range::Used(since, None), Range::CreatedSince(since)]),
        });
    }
    all
}
