//! What is asked for.

use crate::dataset::rows::{COMMON_WORD, RARE_WORD};

/// How many keys a page has.
const PER_PAGE: u64 = 30;

/// The order in which lists come unless another one is asked for.
const DEFAULT: Sorting = Sorting {
    name: "the newest first (default)",
    query: "",
};

/// Every column in its usual direction, and one in both.
const ORDERS: [Sorting; 6] = [
    DEFAULT,
    Sorting::by("name"),
    Sorting::by("expires_at"),
    Sorting::by("-expires_at"),
    Sorting::by("-updated_at"),
    Sorting::by("-last_used_at"),
];

/// Those whose deep pages and whole lists are read.
pub(super) const DEEP: [Sorting; 4] = [
    DEFAULT,
    Sorting::by("name"),
    Sorting::by("-expires_at"),
    Sorting::by("-last_used_at"),
];

/// An order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sorting {
    pub(super) name: &'static str,
    query: &'static str,
}

/// A page that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// The first one.
    First(Sorting),
    /// The one in the middle.
    Middle(Sorting),
    /// The last one that has keys.
    Last(Sorting),
    /// The first one of those whose names hold a word: which keys these are.
    Found(&'static str, &'static str),
}

// === impl Sorting ===

impl Sorting {
    const fn by(name: &'static str) -> Self {
        Self { name, query: name }
    }

    /// Returns the path of all keys at once.
    pub(super) fn whole(self) -> String {
        format!("/v2/api-keys?page=-1{}", self.parameter())
    }

    fn parameter(self) -> String {
        match self.query {
            "" => String::new(),
            query => format!("&sort_by={query}"),
        }
    }
}

// === impl Page ===

impl Page {
    /// Returns all pages that are asked for. Each is compared with the one before it
    /// that is a first page of the same order.
    pub(super) fn all() -> Vec<Self> {
        let deep = DEEP.map(|sorting| [Self::Middle(sorting), Self::Last(sorting)]);
        let found = [(RARE_WORD, "few keys have"), (COMMON_WORD, "most have")];
        let mut all = ORDERS.map(Self::First).to_vec();
        all.extend(deep.as_flattened());
        all.extend(found.map(|(word, whose)| Self::Found(word, whose)));
        all
    }

    /// Returns what it is called.
    pub(super) fn name(self) -> String {
        match self {
            Self::First(sorting) => sorting.name.to_owned(),
            Self::Middle(sorting) => format!("the page in the middle, {}", sorting.name),
            Self::Last(sorting) => format!("the last page, {}", sorting.name),
            Self::Found(_, whose) => format!("search for a word that {whose}"),
        }
    }

    /// Returns the path for a tenant with so many keys.
    pub(super) fn path(self, keys: u64) -> String {
        let last = keys.div_ceil(PER_PAGE).max(1);
        let (page, parameter) = match self {
            Self::First(sorting) => (1, sorting.parameter()),
            Self::Middle(sorting) => (last.div_ceil(2), sorting.parameter()),
            Self::Last(sorting) => (last, sorting.parameter()),
            Self::Found(word, _) => (1, format!("&search={word}")),
        };
        format!("/v2/api-keys?perPage={PER_PAGE}&page={page}{parameter}")
    }

    /// Returns the first page that a deep one is compared with.
    pub(super) fn first(self) -> Option<Self> {
        match self {
            Self::Middle(sorting) | Self::Last(sorting) => Some(Self::First(sorting)),
            Self::First(_) | Self::Found(..) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_where_they_are_called() {
        let paths = |page: Page| [1, 60, 61].map(|keys| page.path(keys));
        let page = |number: u64| format!("/v2/api-keys?perPage=30&page={number}");
        assert_eq!(paths(Page::First(DEFAULT)), [1, 1, 1].map(page));
        assert_eq!(paths(Page::Middle(DEFAULT)), [1, 1, 2].map(page));
        assert_eq!(paths(Page::Last(DEFAULT)), [1, 2, 3].map(page));
    }

    #[test]
    fn a_deep_page_is_compared_with_one_that_is_measured() {
        let all = Page::all();
        let firsts = all.iter().filter_map(|page| page.first());
        assert!(firsts.into_iter().all(|first| all.contains(&first)));
    }
}
