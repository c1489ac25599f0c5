//! Names, and the columns that are derived from them.

use crate::schema::{api_keys, stored_organizations, stored_users};
use apikey_domain::{
    identity::{
        organization::OrganizationName,
        user::{FullName, Username},
    },
    key::key_name::KeyName,
    name::{DERIVATION, Likeness, fold},
};
use diesel::{
    Insertable, QueryableByName,
    prelude::{AsChangeset, Queryable},
    sql_types::{BigInt, Text},
};

/// A name and the id of what has it.
#[derive(Queryable, QueryableByName)]
pub(crate) struct NameRow {
    #[diesel(sql_type = BigInt)]
    pub(crate) id: i64,
    #[diesel(sql_type = Text)]
    pub(crate) name: String,
}

/// A number that a statement selects.
#[derive(QueryableByName)]
pub(crate) struct NumberRow {
    #[diesel(sql_type = BigInt)]
    pub(crate) number: i64,
}

/// A username, with what is derived from it.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = stored_users)]
pub(crate) struct UsernameColumns {
    username: String,
    username_folded: String,
    fold_version: i32,
    folded_as: String,
    likeness_as_written: i64,
    likeness_folded: i64,
    likeness_in_capitals: i64,
}

/// The full name of a user, with what is derived from it.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = stored_users, treat_none_as_null = true)]
pub(crate) struct FullNameColumns {
    full_name: Option<String>,
    full_name_folded: Option<String>,
    full_name_folded_as: Option<String>,
}

/// The name of an organization, with what is derived from it.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = stored_organizations)]
pub(crate) struct OrganizationNameColumns {
    name: String,
    name_folded: String,
    fold_version: i32,
    folded_as: String,
}

/// The name of a key, with what is derived from it.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = api_keys)]
pub(crate) struct KeyNameColumns {
    pub(crate) name: String,
    pub(crate) name_folded: String,
    pub(crate) fold_version: i32,
    pub(crate) folded_as: String,
}

// === impl UsernameColumns ===

impl UsernameColumns {
    /// Returns the columns of a name as it is stored.
    pub(crate) fn stored(username: String) -> Self {
        let (username_folded, folded_as) = folded(&username);
        let likeness = Likeness::of(&username).keys();
        let [likeness_as_written, likeness_folded, likeness_in_capitals] = likeness;
        Self {
            username,
            username_folded,
            fold_version: DERIVATION,
            folded_as,
            likeness_as_written,
            likeness_folded,
            likeness_in_capitals,
        }
    }
}

impl From<&Username> for UsernameColumns {
    fn from(username: &Username) -> Self {
        Self::stored(username.as_str().to_owned())
    }
}

// === impl FullNameColumns ===

impl FullNameColumns {
    /// Returns the columns of a name as it is stored, if there is one.
    pub(crate) fn stored(full_name: Option<String>) -> Self {
        let (full_name_folded, full_name_folded_as) = full_name.as_deref().map(folded).unzip();
        Self {
            full_name,
            full_name_folded,
            full_name_folded_as,
        }
    }
}

impl From<Option<&FullName>> for FullNameColumns {
    fn from(full_name: Option<&FullName>) -> Self {
        Self::stored(full_name.map(|name| name.as_str().to_owned()))
    }
}

// === impl OrganizationNameColumns ===
impl OrganizationNameColumns {
    /// Returns the columns of a name as it is stored.
    pub(crate) fn stored(name: String) -> Self {
        let (name_folded, folded_as) = folded(&name);
        Self {
            name,
            name_folded,
            fold_version: DERIVATION,
            folded_as,
        }
    }
}

impl From<&OrganizationName> for OrganizationNameColumns {
    fn from(name: &OrganizationName) -> Self {
        Self::stored(name.as_str().to_owned())
    }
}

// === impl KeyNameColumns ===

impl KeyNameColumns {
    /// Returns the columns of a name as it is stored.
    pub(crate) fn stored(name: String) -> Self {
        let (name_folded, folded_as) = folded(&name);
        Self {
            name,
            name_folded,
            fold_version: DERIVATION,
            folded_as,
        }
    }
}

impl From<&KeyName> for KeyNameColumns {
    fn from(name: &KeyName) -> Self {
        Self::stored(name.as_str().to_owned())
    }
}

/// Returns the folded name, and the text by which a row is found that another release
/// changed since.
fn folded(name: &str) -> (String, String) {
    let folded = fold(name);
    let folded_as = format!("{name}:{folded}");
    (folded, folded_as)
}
