//! The fields of an object, taken one after the other.

use crate::{json::Json, slow_text::whole_json_number};
use std::collections::BTreeMap;

/// The fields of an object that have not been taken. A method returns `Err` if a field
/// is not what it must be, and `Ok(None)` if it is not there.
pub(super) struct Fields(Vec<(Option<String>, Json)>);

/// A field that is not what it must be.
#[derive(Debug)]
pub(super) struct Wrong;

/// A field, if it is there and right.
pub(super) type Field<T> = Result<Option<T>, Wrong>;

// === impl Fields ===

impl Fields {
    pub(super) fn of(value: Json) -> Option<Self> {
        match value {
            Json::Object(fields) => Some(Self(fields)),
            _ => None,
        }
    }

    /// Returns whether there are fields that have not been taken.
    pub(super) fn has_others(&self) -> bool {
        !self.0.is_empty()
    }

    /// Takes a field, which may be there once.
    pub(super) fn take(&mut self, name: &str) -> Field<Json> {
        let is_it = |field: &(Option<String>, Json)| field.0.as_deref() == Some(name);
        let (named, others) = std::mem::take(&mut self.0).into_iter().partition(is_it);
        self.0 = others;
        let mut named: Vec<_> = named;
        match (named.pop(), named.len()) {
            (None, _) => Ok(None),
            (Some((_, value)), 0) => Ok(Some(value)),
            _ => Err(Wrong),
        }
    }

    /// Takes a text that may be null: `Some(None)`.
    pub(super) fn text(&mut self, name: &str) -> Field<Option<String>> {
        self.take(name)?
            .map(|value| nullable(value, text))
            .transpose()
    }

    /// Takes a list of texts that may be null: `Some(None)`.
    pub(super) fn texts(&mut self, name: &str) -> Field<Option<Vec<String>>> {
        let read = |value| list(value)?.into_iter().map(text).collect();
        self.take(name)?
            .map(|value| nullable(value, read))
            .transpose()
    }

    /// Takes a whole number that may be null.
    pub(super) fn whole_number(&mut self, name: &str) -> Field<i64> {
        match self.take(name)? {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Number(number)) => whole_json_number(&number).map(Some).ok_or(Wrong),
            Some(_) => Err(Wrong),
        }
    }

    /// Takes an object of texts that may be null: `None`. Of texts with one name the last
    /// one holds.
    pub(super) fn entries(&mut self, name: &str) -> Field<Vec<(String, String)>> {
        let read = |value| {
            let Json::Object(fields) = value else {
                return Err(Wrong);
            };
            let fields = fields.into_iter();
            fields
                .map(|(name, value)| Ok((name.ok_or(Wrong)?, text(value)?)))
                .collect()
        };
        let value = self.take(name)?.map(|value| nullable(value, read));
        Ok(value.transpose()?.flatten())
    }

    /// Takes an object that may be null, of texts that may be null. Of those with one name
    /// the last one holds; they come by their names.
    pub(super) fn nullable_entries(
        &mut self,
        name: &str,
    ) -> Field<Option<Vec<(String, Option<String>)>>> {
        let read = |value| {
            let Json::Object(fields) = value else {
                return Err(Wrong);
            };
            let entry = |(name, value): (Option<String>, Json)| {
                Ok((name.ok_or(Wrong)?, nullable(value, text)?))
            };
            let entries: Result<BTreeMap<_, _>, Wrong> = fields.into_iter().map(entry).collect();
            Ok(entries?.into_iter().collect())
        };
        let value = self.take(name)?.map(|value| nullable(value, read));
        value.transpose()
    }

    /// Takes a truth value.
    pub(super) fn flag(&mut self, name: &str) -> Field<bool> {
        match self.take(name)? {
            None => Ok(None),
            Some(Json::Bool(value)) => Ok(Some(value)),
            Some(_) => Err(Wrong),
        }
    }

    /// Takes a list that may be null: `None`.
    pub(super) fn list(&mut self, name: &str) -> Field<Vec<Json>> {
        let value = self.take(name)?.map(|value| nullable(value, list));
        Ok(value.transpose()?.flatten())
    }
}

fn nullable<T>(value: Json, read: impl Fn(Json) -> Result<T, Wrong>) -> Result<Option<T>, Wrong> {
    match value {
        Json::Null => Ok(None),
        value => read(value).map(Some),
    }
}

fn text(value: Json) -> Result<String, Wrong> {
    match value {
        Json::Text(Some(text)) => Ok(text),
        _ => Err(Wrong),
    }
}

fn list(value: Json) -> Result<Vec<Json>, Wrong> {
    match value {
        Json::List(list) => Ok(list),
        _ => Err(Wrong),
    }
}
