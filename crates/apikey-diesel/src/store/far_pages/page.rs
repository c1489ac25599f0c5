//! A page with a rank, and the way to it.

use super::{
    super::{
        connection::Connection,
        key_pages::{self, Start},
        list_state::Revision,
    },
    anchors::{Anchor, Anchors, ListName},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    identifier::ApiKeyId,
    key::place::Place,
    listing::{Direction, Order, SortField},
};

/// What is passed over in the statement that reads the page: to find a place first would
/// take longer.
pub(super) const NEAR: i64 = if cfg!(test) { 5 } else { 500 };

/// How far apart remembered places are at least. To pass over so many entries takes a
/// millisecond or two.
const STRIDE: i64 = if cfg!(test) { 20 } else { 16_384 };

/// How many strides a list has at most.
const STRIDES: i64 = 64;

/// The keys with the ranks from `first` on, in the ascending order.
pub(super) struct Page<'a> {
    pub(super) filter: &'a ApiKeyFilter,
    /// The list with its state, if it has one.
    pub(super) list: Option<(ListName, Revision)>,
    pub(super) first: i64,
    pub(super) shown: u32,
    pub(super) total: i64,
}

// === impl Page ===

impl Page<'_> {
    /// Returns the ids, in `order`, or nothing if there are fewer keys than counted.
    pub(super) async fn read(
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
        let ids = key_pages::ids(connection, self.filter, order, start, self.shown).await?;
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
            return key_pages::place_by_name(connection, self.filter, order, start).await;
        }
        let rows = key_pages::rows(connection, self.filter, order, start, 1).await?;
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
