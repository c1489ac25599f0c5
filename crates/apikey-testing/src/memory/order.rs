//! The order of lists.

use apikey_domain::{
    key::api_key::ApiKey,
    listing::{Direction, Order, SortField},
};
use std::cmp::Ordering;

/// Compares two keys by every field of `order`, and by id at last.
pub(super) fn compare(order: &Order, one: &ApiKey, other: &ApiKey) -> Ordering {
    let by_fields = order
        .fields()
        .iter()
        .map(|(field, direction)| directed(*direction, by_field(*field, one, other)))
        .find(|ordering| ordering.is_ne());
    by_fields.unwrap_or_else(|| directed(order.id_direction(), one.id.cmp(&other.id)))
}

fn by_field(field: SortField, one: &ApiKey, other: &ApiKey) -> Ordering {
    match field {
        SortField::Name => one.name.as_str().cmp(other.name.as_str()),
        SortField::ExpiresAt => by_expiry(one).cmp(&by_expiry(other)),
        SortField::CreatedAt => one.created_at.cmp(&other.created_at),
        SortField::UpdatedAt => one.updated_at.cmp(&other.updated_at),
        // None, which is never, comes before every instant.
        SortField::LastUsedAt => one.last_used_at.cmp(&other.last_used_at),
    }
}

/// Never comes after every instant.
fn by_expiry(key: &ApiKey) -> impl Ord + use<> {
    let instant = key.expires_at.instant();
    (instant.is_none(), instant)
}

fn directed(direction: Direction, ordering: Ordering) -> Ordering {
    match direction {
        Direction::Ascending => ordering,
        Direction::Descending => ordering.reverse(),
    }
}
