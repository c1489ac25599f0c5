//! The search and the conditions of a list, as parts of a query.

/// Bounds a query to what a search finds, and to keys that are as conditions say.
macro_rules! narrowed {
    ($query:expr, $filter:expr) => {{
        let mut query = $query;
        if $filter.search().is_some() {
            let is_named = found!(api_keys::name_folded, $filter.search());
            query = match $filter.hint() {
                Some(hint) => query.filter(is_named.or(key_conditions::has_hint(hint))),
                None => query.filter(is_named),
            };
        }
        for condition in key_conditions::all($filter.conditions()) {
            query = query.filter(condition);
        }
        query
    }};
}
pub(crate) use narrowed;
