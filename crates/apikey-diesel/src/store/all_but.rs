//! Lists that show all keys of somebody but a few.
//!
//! They are read as the whole list is, by its indexes, and these few are left out. So a
//! page passes over no more than them and what comes before it.

use super::{
    connection::Connection,
    key_pages::{self, Start},
};
use crate::rows::PlaceRow;
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    key::place::Place,
    listing::{Order, TooBroad, Window},
};
use std::collections::HashSet;

/// How many entries of an index are read at once.
const MOST_AT_ONCE: usize = 2_000;
/// How many entries are read more than are wanted: a few of them are left out.
const SPARE: usize = 16;

/// Returns the ids of a window of all keys but some. No rank of these is known, so it must
/// not be far from the start.
pub(super) async fn window(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    order: &Order,
    window: Window,
    others: &HashSet<i64>,
    total: u64,
    reachable: u64,
) -> Result<Vec<i64>, PortError> {
    let offset = window.offset.unsigned_abs();
    if offset >= total {
        return Ok(Vec::new());
    }
    let end = offset.saturating_add(window.limit.into());
    if end.min(total) > reachable {
        return Err(TooBroad::FarPage { reachable }.into());
    }
    let end = usize::try_from(end).unwrap_or(usize::MAX);
    let rows = rows(connection, filter, others, order, None, end).await?;
    let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
    Ok(rows.into_iter().skip(skipped).map(|row| row.id).collect())
}

/// Returns the places of the first `limit` keys of a list after a place, in `order`: those
/// of the whole list without its conditions, but not the `others`.
pub(super) async fn rows(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    others: &HashSet<i64>,
    order: &Order,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<PlaceRow>, PortError> {
    let whole = filter.without_conditions();
    let mut after = after.cloned();
    let mut shown: Vec<PlaceRow> = Vec::new();
    // Without an index for the order the whole list is sorted: that once.
    let has_index = filter.user_id().is_some() && filter.owner_principal_id().is_some();
    let mut at_once = match has_index {
        true => (limit + SPARE.min(others.len())).min(MOST_AT_ONCE),
        false => limit + others.len(),
    };
    loop {
        let start = Start::after(after.as_ref());
        let rows = key_pages::rows(connection, &whole, order, start, at_once as u32).await?;
        let is_last = rows.len() < at_once;
        after = rows.last().map(|row| row.place(order)).transpose()?;
        shown.extend(rows.into_iter().filter(|row| !others.contains(&row.id)));
        if is_last || shown.len() >= limit {
            shown.truncate(limit);
            return Ok(shown);
        }
        // All that are left out may stand together.
        at_once = (at_once * 2).min(MOST_AT_ONCE);
    }
}
