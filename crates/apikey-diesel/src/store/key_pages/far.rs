//! Pages far from the start of a list.
//!
//! How many keys there are is known, so a page has a rank from either end, and from every
//! place whose rank is remembered. It is found from the nearest of these, through the
//! entries of the index between. All is read from one state of the database, so that no
//! rank is of another list than the page.

use super::{
    super::{
        backend,
        connection::Connection,
        list_state::{self, Revision},
    },
    anchors::{Anchor, Anchors, ListName},
    by_name, rows,
    source::Start,
};
use crate::failure::from_diesel;
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    identifier::ApiKeyId,
    key::place::Place,
    listing::{Direction, Order, SortField, Window},
};
use diesel_async::SimpleAsyncConnection;

/// What is passed over in the statement that reads the page: to find a place first would
/// take longer.
pub(super) const NEAR: i64 = if cfg!(test) { 5 } else { 500 };

/// How far apart remembered places are at least. To pass over so many entries takes a
/// millisecond or two.
const STRIDE: i64 = if cfg!(test) { 20 } else { 16_384 };

/// How many strides a list has at most.
const STRIDES: i64 = 64;

/// Returns the ids of a page, and how many keys the list has.
pub(super) async fn ids(
    connection: &mut Connection,
    anchors: &Anchors,
    filter: &ApiKeyFilter,
    order: &Order,
    window: Window,
) -> Result<(Vec<i64>, i64), PortError> {
    begin(connection, backend::BEGIN_SNAPSHOT).await?;
    let read = in_snapshot(connection, anchors, filter, order, window).await;
    // Also ends a transaction in which a statement has failed.
    let ended = begin(connection, "COMMIT").await;
    let read = read?;
    ended?;
    Ok(read)
}

async fn begin(connection: &mut Connection, statement: &str) -> Result<(), PortError> {
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
            super::ids(connection, filter, order, start, window.limit).await?
        }
    };
    Ok((ids, total))
}

/// The keys with the ranks from `first` on, in the ascending order.
struct Page<'a> {
    filter: &'a ApiKeyFilter,
    /// The list with its state, if it has one.
    list: Option<(ListName, Revision)>,
    first: i64,
    shown: u32,
    total: i64,
}

// === impl Page ===

impl Page<'_> {
    /// Returns the ids, in `order`, or nothing if there are fewer keys than counted.
    async fn read(
        &self,
        connection: &mut Connection,
        anchors: &Anchors,
        order: &Order,
    ) -> Result<Option<Vec<i64>>, PortError> {
        let end = self.first + i64::from(self.shown);
        self.renew(connection, anchors, order).await?;
        let around = self
            .list
            .as_ref()
            .map(|(name, revision)| anchors.around(*name, revision, self.first, end));
        let [before, after] = around.unwrap_or_default();
        // The start and the end of the list are such places, too.
        let before_rank = before.as_ref().map_or(-1, |(rank, _)| *rank);
        let after_rank = after.as_ref().map_or(self.total, |(rank, _)| *rank);
        let (skipped_up, skipped_down) = (self.first - before_rank - 1, after_rank - end);
        let walk = if skipped_up <= skipped_down {
            Walk {
                direction: Direction::Ascending,
                rank: before_rank,
                place: before.map(|(_, place)| place),
                skipped: skipped_up,
            }
        } else {
            Walk {
                direction: Direction::Descending,
                rank: after_rank,
                place: after.map(|(_, place)| place),
                skipped: skipped_down,
            }
        };
        let is_along = walk.direction == order.id_direction();
        let along = if is_along {
            order.clone()
        } else {
            order.reversed()
        };
        let stride = self.stride();
        let Some((found, mut ids)) = self.walk(connection, &along, walk, stride).await? else {
            return Ok(None);
        };
        if let Some((name, revision)) = &self.list {
            anchors.remember(*name, revision, found, stride / 4);
        }
        if !is_along {
            ids.reverse();
        }
        Ok(Some(ids))
    }

    /// Looks whether all keys that were added to the list stand at its end, where those in
    /// the order of creation usually do: then the places before keep their ranks.
    ///
    /// They do if the last one does: no key is gone and none has moved, so its rank is
    /// another one as soon as a key comes before it.
    async fn renew(
        &self,
        connection: &mut Connection,
        anchors: &Anchors,
        order: &Order,
    ) -> Result<(), PortError> {
        let Some((name, revision)) = &self.list else {
            return Ok(());
        };
        if !matches!(name.field(), SortField::CreatedAt | SortField::UpdatedAt) {
            return Ok(());
        }
        let Some(last) = anchors.last_before_growth(*name, revision) else {
            return Ok(());
        };
        let from_end = self.total - last.0 - 1;
        let without = self.first.min(self.total - self.first);
        if from_end >= without {
            return Ok(());
        }
        let descending = match order.id_direction() {
            Direction::Ascending => order.reversed(),
            Direction::Descending => order.clone(),
        };
        let walk = Walk {
            direction: Direction::Descending,
            rank: self.total,
            place: None,
            skipped: from_end,
        };
        let only = Self {
            shown: 1,
            list: self.list.clone(),
            ..*self
        };
        let stride = self.stride();
        let walked = only.walk(connection, &descending, walk, stride).await?;
        if let Some((found, ids)) = walked
            && ids == [last.1.id.0]
        {
            anchors.renew(*name, revision, &last);
            anchors.remember(*name, revision, found, stride / 4);
        }
        Ok(())
    }

    fn stride(&self) -> i64 {
        STRIDE.max(self.total / STRIDES)
    }

    /// Walks to the page, and returns the places on the way, and its ids as they come.
    async fn walk(
        &self,
        connection: &mut Connection,
        order: &Order,
        mut walk: Walk,
        stride: i64,
    ) -> Result<Option<(Vec<Anchor>, Vec<i64>)>, PortError> {
        let mut found = Vec::new();
        while walk.skipped > NEAR {
            let count = walk.skipped.min(stride);
            let place = walk.place.as_ref();
            let Some(place) = self.place(connection, order, place, count).await? else {
                return Ok(None);
            };
            walk.skipped -= count;
            walk.rank += match walk.direction {
                Direction::Ascending => count,
                Direction::Descending => -count,
            };
            found.push((walk.rank, place.clone()));
            walk.place = Some(place);
        }
        let place = walk.place.map(|place| self.beyond(place, order));
        let start = Start {
            after: place.as_ref(),
            skipped: walk.skipped,
        };
        let ids = super::ids(connection, self.filter, order, start, self.shown).await?;
        let is_whole = ids.len() == self.shown as usize;
        Ok(is_whole.then_some((found, ids)))
    }

    /// Returns the place of the key that comes `count` keys after another place.
    async fn place(
        &self,
        connection: &mut Connection,
        order: &Order,
        after: Option<&Place>,
        count: i64,
    ) -> Result<Option<Place>, PortError> {
        let after = after.map(|place| self.beyond(place.clone(), order));
        let start = Start {
            after: after.as_ref(),
            skipped: count - 1,
        };
        if self.is_by_unique_name() {
            return by_name::place(connection, self.filter, order, start).await;
        }
        let rows = rows(connection, self.filter, order, start, 1).await?;
        rows.first().map(|row| row.place(order)).transpose()
    }

    /// Returns the place with an id that lies beyond all others, if no two keys have the
    /// same name: of the place of a name the id is not known.
    fn beyond(&self, place: Place, order: &Order) -> Place {
        if !self.is_by_unique_name() {
            return place;
        }
        let id = match order.id_direction() {
            Direction::Ascending => i64::MAX,
            Direction::Descending => i64::MIN,
        };
        Place {
            id: ApiKeyId(id),
            ..place
        }
    }

    fn is_by_unique_name(&self) -> bool {
        let field = self.list.as_ref().map(|(name, _)| name.field());
        field == Some(SortField::Name)
    }
}

/// The way to a page.
struct Walk {
    direction: Direction,
    /// The rank of the place.
    rank: i64,
    /// Where it begins, unless at an end of the list.
    place: Option<Place>,
    /// How many keys are passed over.
    skipped: i64,
}

#[cfg(test)]
mod tests;
