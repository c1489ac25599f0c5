//! Pages far from the start of a list.
//!
//! How many keys there are is known, so a page has a rank from either end, and from every
//! place whose rank is remembered. It is found from the nearest of these, through the
//! entries of the index between. All is read from one state of the database, so that no
//! rank is of another list than the page.

mod anchors;
mod page;

use super::{
    backend,
    connection::Connection,
    key_pages::{self, Start},
    list_state,
};
use crate::failure::from_diesel;
pub(super) use anchors::Anchors;
use anchors::ListName;
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    listing::{Direction, Order, Window},
};
use diesel_async::SimpleAsyncConnection;
use page::{NEAR, Page};

/// Returns the ids of the keys of a window, and how many keys there are if that is known
/// from finding them.
pub(super) async fn window(
    connection: &mut Connection,
    anchors: &Anchors,
    filter: &ApiKeyFilter,
    order: &Order,
    window: Window,
) -> Result<(Vec<i64>, Option<i64>), PortError> {
    if window.offset > NEAR && !filter.is_narrowed() {
        let (ids, total) = far_ids(connection, anchors, filter, order, window).await?;
        return Ok((ids, Some(total)));
    }
    let start = Start::offset(window.offset);
    let ids = key_pages::ids(connection, filter, order, start, window.limit).await?;
    Ok((ids, None))
}

/// Returns the ids of a far page, and how many keys the list has.
async fn far_ids(
    connection: &mut Connection,
    anchors: &Anchors,
    filter: &ApiKeyFilter,
    order: &Order,
    window: Window,
) -> Result<(Vec<i64>, i64), PortError> {
    run(connection, backend::BEGIN_SNAPSHOT).await?;
    let read = in_snapshot(connection, anchors, filter, order, window).await;
    // Also ends a transaction in which a statement has failed.
    let ended = run(connection, "COMMIT").await;
    let read = read?;
    ended?;
    Ok(read)
}

async fn run(connection: &mut Connection, statement: &str) -> Result<(), PortError> {
    let done = connection.batch_execute(statement).await;
    done.map_err(from_diesel)
}

async fn in_snapshot(
    connection: &mut Connection,
    anchors: &Anchors,
    filter: &ApiKeyFilter,
    order: &Order,
    window: Window,
) -> Result<(Vec<i64>, i64), PortError> {
    let counted = list_state::counted(connection, filter).await?;
    let total = counted.keys;
    let shown = (total - window.offset).min(i64::from(window.limit));
    let Some(shown) = u32::try_from(shown).ok().filter(|shown| *shown > 0) else {
        return Ok((Vec::new(), total));
    };
    let first = match order.id_direction() {
        Direction::Ascending => window.offset,
        Direction::Descending => total - window.offset - i64::from(shown),
    };
    let list = ListName::of(filter, order).map(|name| {
        let revision = counted.revision(name.field());
        (name, revision)
    });
    let page = Page {
        filter,
        list,
        first,
        shown,
        total,
    };
    let ids = match page.read(connection, anchors, order).await? {
        Some(ids) => ids,
        // The number of keys is not what is kept: somebody changed it by hand.
        None => {
            let start = Start::offset(window.offset);
            key_pages::ids(connection, filter, order, start, window.limit).await?
        }
    };
    Ok((ids, total))
}

#[cfg(test)]
mod tests;
