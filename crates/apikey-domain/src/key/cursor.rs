//! Cursors: places in lists that clients hold.

use crate::{
    access::{
        policy::{ApiKeyFilter, KeyPolicies, KeySelection},
        tenant::TenantContext,
    },
    error::Forbidden,
    identifier::{ApiKeyId, UserId},
    invalid::Invalid,
    key::{
        digest::{Peppers, TAG_BYTES},
        expiry::Expiry,
        key_name::KeyName,
        place::{Place, SortValue},
    },
    listing::{Direction, Order, SortField},
    timestamp::Timestamp,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The form of what a cursor holds.
const VERSION: u8 = 1;

/// Begins the conditions of a list, which most have not.
const CONDITIONS: u8 = 0xff;

/// A list that is walked through with cursors: whose it is, and its order.
///
/// A cursor holds a place and a tag over it and over the list. So it is good for the
/// list it came from alone, at every server that has the same peppers, and shows nothing
/// but what its holder has seen. It does not end by itself.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     access::policy::{KeyPolicies, KeySelection},
///     key::{cursor::Walk, digest::Peppers, place::Place},
///     listing::Order,
///     testing::fixture,
/// };
///
/// let peppers = Peppers::from_hex(&"ab".repeat(32)).unwrap();
/// let context = fixture::in_principal(fixture::caller(1, 11), 11);
/// let policies = KeyPolicies::contract();
/// let walk = Walk::of(&context, &policies, &KeySelection::OWN, Order::default()).unwrap();
///
/// let place = Place::of(&fixture::api_key(7, "ci"), &Order::default());
/// let cursor = walk.cursor(&place, &peppers);
/// assert_eq!(walk.place(&cursor, &peppers).unwrap(), Some(place));
/// assert_eq!(walk.place("", &peppers).unwrap(), None);
///
/// let order = Order::parse("name").unwrap();
/// let other = Walk::of(&context, &policies, &KeySelection::OWN, order).unwrap();
/// assert!(other.place(&cursor, &peppers).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// Who reads the list.
    reader: UserId,
    /// Which keys it shows.
    pub(crate) filter: ApiKeyFilter,
    /// Their order.
    pub(crate) order: Order,
}

impl Walk {
    /// The maximum length of a cursor in bytes: with a name of 255 characters of four
    /// bytes each, and all other fields.
    pub const LONGEST_CURSOR: usize = 1_500;

    /// Returns the list that a caller is shown of what they select.
    ///
    /// # Errors
    ///
    /// Those of [`ApiKeyFilter::of`].
    pub fn of(
        context: &TenantContext,
        policies: &KeyPolicies,
        selection: &KeySelection,
        order: Order,
    ) -> Result<Self, Forbidden> {
        Ok(Self {
            reader: context.caller.user.id,
            filter: ApiKeyFilter::of(context, policies, selection)?,
            order,
        })
    }

    /// Returns the cursor for `place`, which is one in this order: text that needs no
    /// escape in a URL.
    pub fn cursor(&self, place: &Place, peppers: &Peppers) -> String {
        let mut bytes = vec![VERSION];
        for value in &place.values {
            write_value(&mut bytes, value);
        }
        bytes.extend(place.id.0.to_be_bytes());
        let tag = peppers.tag(&self.bound(&bytes));
        bytes.extend(tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Returns the place that a cursor holds, or `None` for empty text, with which a walk
    /// begins.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `cursor` if it is not one of this list.
    pub fn place(&self, cursor: &str, peppers: &Peppers) -> Result<Option<Place>, Invalid> {
        if cursor.is_empty() {
            return Ok(None);
        }
        let place = self.opened(cursor, peppers);
        place.map(Some).ok_or_else(|| {
            let rule = "must be one that this list returned, in the same order, with the same \
                        search and conditions and for the same user and organization; begin \
                        anew with cursor=";
            Invalid::new("cursor", rule)
        })
    }

    fn opened(&self, cursor: &str, peppers: &Peppers) -> Option<Place> {
        if cursor.len() > Self::LONGEST_CURSOR {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (bytes, tag) = bytes.split_last_chunk::<TAG_BYTES>()?;
        if !peppers.has_tagged(&self.bound(bytes), tag) {
            return None;
        }
        let mut rest = bytes.strip_prefix(&[VERSION])?;
        let fields = self.order.fields().iter();
        let values = fields.map(|(field, _)| read_value(&mut rest, *field));
        let values = values.collect::<Option<_>>()?;
        let id = ApiKeyId(read_number(&mut rest)?);
        rest.is_empty().then_some(Place { values, id })
    }

    /// Returns what is tagged: the list, unambiguously, and then `bytes`.
    fn bound(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bound = Vec::with_capacity(64 + bytes.len());
        bound.extend(self.reader.0.to_be_bytes());
        let ApiKeyFilter {
            user_id,
            owner_principal_id,
            search,
            conditions,
        } = &self.filter;
        for id in [user_id.map(|id| id.0), owner_principal_id.map(|id| id.0)] {
            bound.push(u8::from(id.is_some()));
            bound.extend(id.unwrap_or_default().to_be_bytes());
        }
        let search = search.as_ref().map_or("", |term| term.folded());
        bound.extend((search.len() as u64).to_be_bytes());
        bound.extend(search.as_bytes());
        bound.push(direction_byte(self.order.id_direction()));
        bound.push(self.order.fields().len() as u8);
        for (field, direction) in self.order.fields() {
            bound.extend([field_byte(*field), direction_byte(*direction)]);
        }
        if conditions.are_any() {
            // Not the first byte of a place: what earlier releases tagged stays as it is.
            bound.push(CONDITIONS);
            bound.extend(conditions.bytes());
        }
        bound.extend(bytes);
        bound
    }
}

fn direction_byte(direction: Direction) -> u8 {
    match direction {
        Direction::Ascending => 0,
        Direction::Descending => 1,
    }
}

fn field_byte(field: SortField) -> u8 {
    match field {
        SortField::Name => 0,
        SortField::ExpiresAt => 1,
        SortField::CreatedAt => 2,
        SortField::UpdatedAt => 3,
        SortField::LastUsedAt => 4,
    }
}

fn write_value(bytes: &mut Vec<u8>, value: &SortValue) {
    match value {
        SortValue::Name(name) => {
            let name = name.as_str();
            bytes.extend((name.len() as i64).to_be_bytes());
            bytes.extend(name.as_bytes());
        }
        SortValue::Expiry(expiry) => write_instant(bytes, expiry.instant()),
        SortValue::Instant(instant) => write_instant(bytes, Some(*instant)),
        SortValue::LastUse(instant) => write_instant(bytes, *instant),
    }
}

/// Writes an instant. That of none lies beyond the calendar.
fn write_instant(bytes: &mut Vec<u8>, instant: Option<Timestamp>) {
    let number = instant.map_or(i64::MAX, Timestamp::microseconds);
    bytes.extend(number.to_be_bytes());
}

fn read_value(bytes: &mut &[u8], field: SortField) -> Option<SortValue> {
    let number = read_number(bytes)?;
    let instant = Timestamp::from_microseconds(number);
    Some(match field {
        SortField::Name => {
            let (name, rest) = bytes.split_at_checked(usize::try_from(number).ok()?)?;
            *bytes = rest;
            SortValue::Name(KeyName::stored(std::str::from_utf8(name).ok()?).ok()?)
        }
        SortField::ExpiresAt => SortValue::Expiry(instant.map_or(Expiry::NEVER, Expiry::at)),
        SortField::CreatedAt | SortField::UpdatedAt => SortValue::Instant(instant?),
        SortField::LastUsedAt => SortValue::LastUse(instant),
    })
}

fn read_number(bytes: &mut &[u8]) -> Option<i64> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(i64::from_be_bytes(*number))
}

#[cfg(test)]
mod tests;
