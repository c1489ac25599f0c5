//! Where a key stands in an order.

use crate::{
    identifier::ApiKeyId,
    key::{api_key::ApiKey, creation::Creation, expiry::Expiry, key_name::KeyName},
    listing::{Order, SortField},
    timestamp::Timestamp,
};
use std::cmp::Ordering;

/// Where a key stands in an order: its values in the fields of the order, and its id.
/// Lists go on after a place, whether its key is still there or not.
///
/// # Example
///
/// ```
/// use apikey_domain::{key::place::Place, listing::Order, testing::fixture};
///
/// let order = Order::parse("-name").unwrap();
/// let place = |id, name| Place::of(&fixture::api_key(id, name), &order);
/// assert!(place(1, "b").compare(&place(2, "a"), &order).is_lt());
/// assert!(place(2, "a").compare(&place(1, "a"), &order).is_lt());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The values, one for each field of the order.
    pub values: Vec<SortValue>,
    /// The id, which decides where all values are equal.
    pub id: ApiKeyId,
}

/// The value of a key in a field by which keys can be sorted.
///
/// # Example
///
/// ```
/// use apikey_domain::{key::place::SortValue, listing::SortField, testing::fixture};
///
/// let value = SortValue::of(&fixture::api_key(1, "ci"), SortField::LastUsedAt);
/// assert_eq!(value, SortValue::LastUse(None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortValue {
    /// The name.
    Name(KeyName),
    /// When its use ends: [`ApiKey::ends_at`].
    Expiry(Expiry),
    /// The time of creation or of the last change.
    Instant(Timestamp),
    /// The time of the last use, if any.
    LastUse(Option<Timestamp>),
}

// === impl Place ===

impl Place {
    /// Returns where `key` stands in `order`.
    pub fn of(key: &ApiKey, order: &Order) -> Self {
        let fields = order.fields().iter();
        Self {
            values: fields
                .map(|(field, _)| SortValue::of(key, *field))
                .collect(),
            id: key.id,
        }
    }

    /// Compares this place with another one in `order`, which both are of: what comes
    /// first is less.
    pub fn compare(&self, other: &Self, order: &Order) -> Ordering {
        let values = self.values.iter().zip(&other.values);
        let by_values = values
            .zip(order.fields())
            .map(|((one, other), (_, direction))| direction.of(one.compare(other)))
            .find(|ordering| ordering.is_ne());
        by_values.unwrap_or_else(|| order.id_direction().of(self.id.cmp(&other.id)))
    }
}

/// The place in an order by the time of creation alone.
impl From<Creation> for Place {
    fn from(creation: Creation) -> Self {
        Self {
            values: vec![SortValue::Instant(creation.at)],
            id: creation.id,
        }
    }
}

// === impl SortValue ===

impl SortValue {
    /// Returns the value of `key` in `field`.
    pub fn of(key: &ApiKey, field: SortField) -> Self {
        match field {
            SortField::Name => Self::Name(key.name.clone()),
            SortField::ExpiresAt => Self::Expiry(key.ends_at()),
            SortField::CreatedAt => Self::Instant(key.created_at),
            SortField::UpdatedAt => Self::Instant(key.updated_at),
            SortField::LastUsedAt => Self::LastUse(key.last_used_at),
        }
    }

    /// Compares two values of one field, as they sort when it ascends.
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Name(one), Self::Name(other)) => one.as_str().cmp(other.as_str()),
            (one, other) => one.number().cmp(&other.number()),
        }
    }

    /// Returns the instant as a number that sorts as it does: no expiry after all others,
    /// no use before all others.
    fn number(&self) -> i64 {
        match self {
            Self::Name(_) => 0,
            Self::Expiry(expiry) => expiry.instant().map_or(i64::MAX, Timestamp::microseconds),
            Self::Instant(instant) => instant.microseconds(),
            Self::LastUse(last) => last.map_or(i64::MIN, Timestamp::microseconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;

    #[test]
    fn never_sorts_after_all_expiries_and_before_all_uses() {
        let key = ApiKey {
            expires_at: Expiry::NEVER,
            last_used_at: None,
            ..fixture::api_key(1, "ci")
        };
        let other = ApiKey {
            expires_at: Expiry::at(Timestamp::MAX),
            last_used_at: Some(Timestamp::MIN),
            ..fixture::api_key(2, "ci")
        };
        for (order, expected) in [
            ("expires_at", Ordering::Greater),
            ("-expires_at", Ordering::Less),
            ("last_used_at", Ordering::Less),
            ("-last_used_at", Ordering::Greater),
        ] {
            let order = Order::parse(order).unwrap();
            let (one, other) = (Place::of(&key, &order), Place::of(&other, &order));
            assert_eq!(one.compare(&other, &order), expected, "{order:?}");
        }
    }

    #[test]
    fn equal_values_go_by_the_id() {
        for (order, expected) in [("name", Ordering::Less), ("name,-name", Ordering::Greater)] {
            let order = Order::parse(order).unwrap();
            let place = |id| Place::of(&fixture::api_key(id, "ci"), &order);
            assert_eq!(place(1).compare(&place(2), &order), expected);
            assert_eq!(place(1).compare(&place(1), &order), Ordering::Equal);
        }
    }
}
