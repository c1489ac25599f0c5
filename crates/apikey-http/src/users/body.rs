//! The request bodies that create and update a user.

use crate::body::{
    OtherFields, RequestBody,
    field::{given, given_password, other_password, password},
};
use apikey_domain::{
    Invalid,
    identity::{
        password::PlainPassword,
        user::{FullName, Username},
    },
    use_case::identity::{
        manage_users::{CreateUser, UpdateUser},
        own_account::UpdateOwnAccount,
    },
};
use serde::Deserialize;
use utoipa::ToSchema;

/// The body that creates a user.
#[derive(Deserialize, ToSchema)]
#[schema(as = CreateUser)]
pub(super) struct CreateUserBody {
    #[schema(min_length = 1, max_length = 255)]
    username: String,
    #[serde(deserialize_with = "password")]
    #[schema(value_type = String, format = Password, min_length = 8)]
    password: PlainPassword,
    #[serde(default)]
    #[schema(max_length = 255)]
    full_name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    is_admin: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    is_active: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    is_system: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    require_password_change: Option<bool>,
}

/// The body that updates a user. An absent field is left unchanged, as is a password that is
/// null or empty; a null name is removed.
#[derive(Deserialize, ToSchema)]
#[schema(as = UpdateUser)]
pub(super) struct UpdateUserBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 255)]
    username: Option<String>,
    #[serde(default, deserialize_with = "other_password")]
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<PlainPassword>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 255)]
    full_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    is_admin: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    is_active: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    require_password_change: Option<bool>,
}

/// The body that activates or deactivates a user.
#[derive(Deserialize, ToSchema)]
#[schema(as = ActivateUser)]
pub(super) struct ActivateUserBody {
    is_active: bool,
}

/// The body that updates the caller's own account. An absent field is left
/// unchanged; a null name is removed.
#[derive(Deserialize, ToSchema)]
#[schema(as = UpdateOwnAccount)]
pub(crate) struct UpdateOwnAccountBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 255)]
    full_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given_password")]
    #[schema(value_type = String, required = false, format = Password, min_length = 8)]
    password: Option<PlainPassword>,
    #[serde(default, deserialize_with = "given_password")]
    #[schema(value_type = String, required = false, format = Password)]
    current_password: Option<PlainPassword>,
}

impl RequestBody for CreateUserBody {
    const OTHER_FIELDS: OtherFields = OtherFields::NEAR;
}

impl RequestBody for UpdateUserBody {
    const OTHER_FIELDS: OtherFields = OtherFields::NEAR;
}

impl RequestBody for ActivateUserBody {
    const OTHER_FIELDS: OtherFields = OtherFields::NEAR;
}

impl RequestBody for UpdateOwnAccountBody {
    const OTHER_FIELDS: OtherFields = OtherFields::NEAR;
}

impl TryFrom<CreateUserBody> for CreateUser {
    type Error = Invalid;

    fn try_from(body: CreateUserBody) -> Result<Self, Invalid> {
        Ok(Self {
            username: Username::parse(body.username)?,
            password: body.password,
            full_name: full_name(body.full_name)?,
            is_admin: body.is_admin.unwrap_or(false),
            is_active: body.is_active.unwrap_or(true),
            is_system: body.is_system.unwrap_or(false),
            require_password_change: body.require_password_change.unwrap_or(false),
        })
    }
}

impl TryFrom<UpdateUserBody> for UpdateUser {
    type Error = Invalid;

    fn try_from(body: UpdateUserBody) -> Result<Self, Invalid> {
        Ok(Self {
            username: body.username,
            password: body.password,
            full_name: body.full_name.map(full_name).transpose()?,
            is_admin: body.is_admin,
            is_active: body.is_active,
            require_password_change: body.require_password_change,
        })
    }
}

impl From<ActivateUserBody> for UpdateUser {
    fn from(body: ActivateUserBody) -> Self {
        Self {
            is_active: Some(body.is_active),
            ..Self::default()
        }
    }
}

impl TryFrom<UpdateOwnAccountBody> for UpdateOwnAccount {
    type Error = Invalid;

    fn try_from(body: UpdateOwnAccountBody) -> Result<Self, Invalid> {
        Ok(Self {
            full_name: body.full_name.map(full_name).transpose()?,
            password: body.password,
            current_password: body.current_password,
        })
    }
}

fn full_name(text: Option<String>) -> Result<Option<FullName>, Invalid> {
    text.map(FullName::parse).transpose()
}
