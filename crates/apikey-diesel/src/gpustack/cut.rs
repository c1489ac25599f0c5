//! Texts of which only the beginning is read.

use std::error::Error;
use tokio_postgres::types::{FromSql, Type};

/// The beginning of a text. A database that knows no encoding cuts it anywhere, also within
/// a character, which is left out.
pub(super) struct Cut(pub(super) String);

impl<'a> FromSql<'a> for Cut {
    fn from_sql(_: &Type, bytes: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let end = match std::str::from_utf8(bytes) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => bytes.len(),
        };
        let text = std::str::from_utf8(bytes.get(..end).unwrap_or_default())?;
        Ok(Self(text.to_owned()))
    }

    fn accepts(kind: &Type) -> bool {
        <&str as FromSql>::accepts(kind)
    }
}
