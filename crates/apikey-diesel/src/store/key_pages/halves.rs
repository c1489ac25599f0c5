//! Pages after a place on SQLite.
//!
//! SQLite begins a scan at the first column of a pair, and reads all keys with the same
//! value up to the place: half of them never expire, or were never used. So the keys with
//! the value of the place and those beyond are two scans, which it merges.

use apikey_domain::listing::SortField;
use diesel::query_dsl::positional_order_dsl::OrderColumn;

/// The column of the ids in a row of places.
pub(super) const ID: OrderColumn = OrderColumn(1);

/// Returns the column of a field in a row of places.
pub(super) fn column_of(field: SortField) -> OrderColumn {
    OrderColumn(match field {
        SortField::Name => 2,
        SortField::ExpiresAt => 3,
        SortField::CreatedAt => 4,
        SortField::UpdatedAt => 5,
        SortField::LastUsedAt => 6,
    })
}

/// Loads the rows of places of two queries in the order by a field and the id.
macro_rules! merged {
    ($both:expr, $field:expr, $direction:expr, $start:expr, $limit:expr, $on:expr) => {{
        use diesel::{CombineDsl, query_dsl::positional_order_dsl::PositionalOrderDsl};
        let [same, beyond] = $both;
        let both = same.union_all(beyond);
        let both = both.limit(i64::from($limit)).offset($start.skipped);
        let (column, id) = (halves::column_of($field), halves::ID);
        let rows = match $direction {
            Direction::Ascending => {
                let sorted = both.positional_order_by((column.asc(), id.asc()));
                sorted.load($on).await
            }
            Direction::Descending => {
                let sorted = both.positional_order_by((column.desc(), id.desc()));
                sorted.load($on).await
            }
        };
        rows.map_err(from_diesel)
    }};
}
pub(super) use merged;
