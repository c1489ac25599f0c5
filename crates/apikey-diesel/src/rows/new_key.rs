//! Rows of keys that are created.

use super::{
    columns::{expiry_column, model_names_column, scope_column},
    life::metadata_column,
    name::KeyNameColumns,
};
use crate::schema::api_keys;
use apikey_domain::key::api_key::NewApiKey;
use diesel::prelude::{Insertable, Queryable};

/// A key to be inserted. The database assigns its id.
#[derive(Insertable)]
#[diesel(table_name = api_keys)]
pub(crate) struct NewApiKeyRow {
    #[diesel(embed)]
    pub(crate) name: KeyNameColumns,
    pub(crate) description: Option<String>,
    pub(crate) user_id: i64,
    pub(crate) owner_principal_id: i64,
    pub(crate) access_key: String,
    pub(crate) secret_digest: String,
    pub(crate) scope: String,
    pub(crate) allowed_model_names: Option<String>,
    pub(crate) is_custom: bool,
    pub(crate) hint: Option<String>,
    pub(crate) metadata: Option<String>,
    pub(crate) self_rotation: bool,
    pub(crate) expires_at: i64,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// What the database adds to a key that it stored: its id, and its user.
#[derive(Queryable)]
pub(crate) struct StoredKeyRow {
    pub(crate) id: i64,
    pub(crate) username: Option<String>,
    pub(crate) is_system: Option<bool>,
}

// === impl NewApiKeyRow ===

impl From<&NewApiKey> for NewApiKeyRow {
    fn from(new: &NewApiKey) -> Self {
        let created_at = new.created_at.microseconds();
        let description = new.description.as_ref();
        Self {
            name: KeyNameColumns::from(&new.name),
            description: description.map(|text| text.as_str().to_owned()),
            user_id: new.user_id.0,
            owner_principal_id: new.owner_principal_id.0,
            access_key: new.access_key.as_str().to_owned(),
            secret_digest: new.secret_digest.to_text(),
            scope: scope_column(&new.scope),
            allowed_model_names: model_names_column(&new.allowed_model_names),
            is_custom: new.origin.is_custom(),
            hint: new.hint.as_ref().map(|hint| hint.as_str().to_owned()),
            metadata: metadata_column(&new.metadata),
            self_rotation: new.self_rotation,
            expires_at: expiry_column(new.expires_at),
            created_at,
            updated_at: created_at,
        }
    }
}
