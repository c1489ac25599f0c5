//! Places of keys in an order, and what of a row decides them.

use super::{columns::NEVER_USED, context::RowContext};
use apikey_domain::{
    error::PortError,
    identifier::ApiKeyId,
    key::{
        key_name::KeyName,
        place::{Place, SortValue},
    },
    listing::{Order, SortField},
    timestamp::Timestamp,
};
use diesel::prelude::Queryable;

/// The id of a key, and its values in the fields of an order; of other fields none.
#[derive(Queryable)]
pub(crate) struct PlaceRow {
    pub(crate) id: i64,
    name: Option<String>,
    expires_at: Option<i64>,
    created_at: Option<i64>,
    updated_at: Option<i64>,
    last_use: Option<i64>,
}

/// What a column by which keys can be sorted holds.
#[derive(Clone)]
pub(crate) enum SortColumn {
    Text(String),
    Number(i64),
}

// === impl PlaceRow ===

impl PlaceRow {
    /// Returns the place in `order`.
    ///
    /// # Errors
    ///
    /// [`PortError::Corrupt`] if a value breaks the domain's rules.
    pub(crate) fn place(&self, order: &Order) -> Result<Place, PortError> {
        let fields = order.fields().iter();
        let values = fields.map(|(field, _)| self.value(*field));
        Ok(Place {
            values: values.collect::<Result<_, _>>()?,
            id: ApiKeyId(self.id),
        })
    }

    fn value(&self, field: SortField) -> Result<SortValue, PortError> {
        let context = RowContext {
            table: "api_keys",
            id: self.id,
        };
        let missing = || context.corrupt(&"no value to sort by");
        let number = |column: Option<i64>| column.ok_or_else(missing);
        let instant = |column| context.instant(number(column)?).map(SortValue::Instant);
        match field {
            SortField::Name => {
                let name = self.name.clone().ok_or_else(missing)?;
                context.valid(KeyName::stored(name)).map(SortValue::Name)
            }
            SortField::ExpiresAt => {
                let expiry = context.expiry(number(self.expires_at)?)?;
                Ok(SortValue::Expiry(expiry))
            }
            SortField::CreatedAt => instant(self.created_at),
            SortField::UpdatedAt => instant(self.updated_at),
            SortField::LastUsedAt => match number(self.last_use)? {
                NEVER_USED => Ok(SortValue::LastUse(None)),
                at => Ok(SortValue::LastUse(Some(context.instant(at)?))),
            },
        }
    }
}

/// Returns what the column of a value by which keys are sorted holds.
pub(crate) fn sort_column(value: &SortValue) -> SortColumn {
    let microseconds = |instant: &Timestamp| instant.microseconds();
    match value {
        SortValue::Name(name) => SortColumn::Text(name.as_str().to_owned()),
        SortValue::Expiry(expiry) => SortColumn::Number(super::expiry_column(*expiry)),
        SortValue::Instant(instant) => SortColumn::Number(instant.microseconds()),
        SortValue::LastUse(last) => {
            SortColumn::Number(last.as_ref().map_or(NEVER_USED, microseconds))
        }
    }
}
