//! Text whose damage must cost only the row it is in.

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    sql_types::{Binary, Text},
};

/// Text of an event. SQLite stores any bytes as text; those that are not UTF-8 are
/// read as a replacement character, which is neither a kind nor JSON, so that the
/// event is unreadable and the page it is on is not.
#[derive(Debug, FromSqlRow)]
pub(crate) struct StoredText(pub(crate) String);

// === impl StoredText ===

impl<DB> FromSql<Text, DB> for StoredText
where
    DB: Backend,
    Vec<u8>: FromSql<Binary, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = String::from_utf8(Vec::from_sql(bytes)?);
        Ok(Self(text.unwrap_or_else(|_| '\u{fffd}'.to_string())))
    }
}
