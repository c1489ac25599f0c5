//! Remembered places in long lists, from which pages far from either end are found.

use super::super::list_state::Revision;
use apikey_domain::{
    access::policy::ApiKeyFilter,
    key::place::{Place, SortValue},
    listing::{Order, SortField},
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How many bytes all places together may take, by estimate.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// What a place takes beside its name: itself, its values and its share of a tree.
const PLACE_BYTES: usize = 160;

/// The places that are remembered, in the memory of this process: at which rank which key
/// stands, in lists of one user's keys in one principal that are sorted by one field.
///
/// Those of a list are good for one state of it, which is read together with the page. So
/// what is remembered may be of no use, but a page is never a wrong one.
#[derive(Clone, Default)]
pub(crate) struct Anchors(Arc<Mutex<Lists>>);

#[derive(Default)]
struct Lists {
    lists: HashMap<ListName, List>,
    bytes: usize,
    /// Grows with each look at a list.
    clock: u64,
}

/// A list of one user's keys in one principal, in the ascending order by a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ListName {
    user_id: i64,
    owner_principal_id: i64,
    field: SortField,
}

struct List {
    revision: Revision,
    places: BTreeMap<i64, Place>,
    bytes: usize,
    used_at: u64,
}

/// A place, and how many keys come before it in the ascending order.
pub(super) type Anchor = (i64, Place);

// === impl ListName ===

impl ListName {
    /// Returns the list that has a state, if it is one.
    pub(super) fn of(filter: &ApiKeyFilter, order: &Order) -> Option<Self> {
        let field = order.only_field().filter(|_| !filter.is_narrowed())?;
        Some(Self {
            user_id: filter.user_id()?.0,
            owner_principal_id: filter.owner_principal_id()?.0,
            field,
        })
    }

    /// Returns the field by which it is sorted.
    pub(super) fn field(self) -> SortField {
        self.field
    }
}

// === impl Anchors ===

impl Anchors {
    /// Returns the nearest places before `first` and from `end` on, in this state of the
    /// list.
    pub(super) fn around(
        &self,
        name: ListName,
        revision: &Revision,
        first: i64,
        end: i64,
    ) -> [Option<Anchor>; 2] {
        let mut lists = self.locked();
        let now = lists.tick();
        let Some(list) = lists.lists.get_mut(&name) else {
            return [None, None];
        };
        if list.revision != *revision {
            return [None, None];
        }
        list.used_at = now;
        let before = list.places.range(..first).next_back();
        let after = list.places.range(end..).next();
        [before, after].map(|anchor| anchor.map(|(rank, place)| (*rank, place.clone())))
    }

    /// Returns the last place of the list as it was before keys were added to it, if they
    /// were added since, and nothing else happened.
    pub(super) fn last_before_growth(&self, name: ListName, revision: &Revision) -> Option<Anchor> {
        let lists = self.locked();
        let list = lists.lists.get(&name)?;
        let last = list.places.last_key_value()?;
        let has_grown = list.revision.grew_to(revision);
        has_grown.then(|| (*last.0, last.1.clone()))
    }

    /// Takes the places for ones of this state of the list: all keys that were added to it
    /// come after the last place.
    pub(super) fn renew(&self, name: ListName, revision: &Revision, last: &Anchor) {
        let mut lists = self.locked();
        if let Some(list) = lists.lists.get_mut(&name)
            && list.revision.grew_to(revision)
            && list.places.last_key_value() == Some((&last.0, &last.1))
        {
            list.revision = revision.clone();
        }
    }

    /// Remembers places of this state of the list, unless another one is closer than
    /// `spacing`. Those of an earlier state are forgotten.
    pub(super) fn remember(
        &self,
        name: ListName,
        revision: &Revision,
        found: Vec<Anchor>,
        spacing: i64,
    ) {
        if found.is_empty() {
            return;
        }
        let mut lists = self.locked();
        let used_at = lists.tick();
        let mut list = match lists.forget(name) {
            Some(list) if !list.revision.is_before(revision) => list,
            _ => List {
                revision: revision.clone(),
                places: BTreeMap::new(),
                bytes: 0,
                used_at,
            },
        };
        if list.revision == *revision {
            list.used_at = used_at;
            for (rank, place) in found {
                list.add(rank, place, spacing);
            }
        }
        lists.bytes += list.bytes;
        lists.lists.insert(name, list);
        lists.shrink();
    }

    fn locked(&self) -> MutexGuard<'_, Lists> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Lists ===

impl Lists {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn forget(&mut self, name: ListName) -> Option<List> {
        let list = self.lists.remove(&name)?;
        self.bytes -= list.bytes;
        Some(list)
    }

    /// Forgets those lists that were not looked at for longest, until the others fit.
    fn shrink(&mut self) {
        while self.bytes > MOST_BYTES {
            let oldest = self.lists.iter().min_by_key(|(_, list)| list.used_at);
            let Some(name) = oldest.map(|(name, _)| *name) else {
                return;
            };
            self.forget(name);
        }
    }
}

// === impl List ===

impl List {
    fn add(&mut self, rank: i64, place: Place, spacing: i64) {
        let near = rank.saturating_sub(spacing)..rank.saturating_add(spacing);
        if self.places.range(near).next().is_some() {
            return;
        }
        self.bytes += PLACE_BYTES + place.values.iter().map(text_bytes).sum::<usize>();
        self.places.insert(rank, place);
    }
}

fn text_bytes(value: &SortValue) -> usize {
    match value {
        SortValue::Name(name) => name.as_str().len(),
        SortValue::Expiry(_) | SortValue::Instant(_) | SortValue::LastUse(_) => 0,
    }
}
