//! The columns of each row type.

use crate::schema::{
    api_key_uses, api_keys, events, key_users, memberships, octet_length, organizations,
    stored_memberships, stored_users, substr, substr_if_any, users,
};
use diesel::{NullableExpressionMethods, dsl::auto_type};

/// The columns of [`crate::rows::ApiKeyRow`].
#[auto_type(no_type_alias)]
pub(crate) fn api_key() -> _ {
    (
        api_keys::id,
        api_keys::name,
        api_keys::description,
        api_keys::user_id,
        api_keys::owner_principal_id,
        api_keys::access_key,
        api_keys::scope,
        api_keys::allowed_model_names,
        api_keys::is_custom,
        api_keys::expires_at,
        api_keys::created_at,
        api_keys::updated_at,
        key_users::username,
        key_users::is_system,
        api_key_uses::last_used_at.nullable(),
        life(),
    )
}

/// The columns of [`crate::rows::ApiKeyRow`], of a key whose user is present.
#[auto_type(no_type_alias)]
pub(crate) fn api_key_of_user() -> _ {
    (
        api_keys::id,
        api_keys::name,
        api_keys::description,
        api_keys::user_id,
        api_keys::owner_principal_id,
        api_keys::access_key,
        api_keys::scope,
        api_keys::allowed_model_names,
        api_keys::is_custom,
        api_keys::expires_at,
        api_keys::created_at,
        api_keys::updated_at,
        users::username,
        users::is_system,
        api_key_uses::last_used_at.nullable(),
        life(),
    )
}

/// The columns of [`crate::rows::ApiKeyRow`], each text cut after `most` characters.
#[auto_type(no_type_alias)]
pub(crate) fn api_key_start(most: i32) -> _ {
    let first: i32 = 1;
    (
        api_keys::id,
        substr(api_keys::name, first, most),
        substr_if_any(api_keys::description, first, most),
        api_keys::user_id,
        api_keys::owner_principal_id,
        substr(api_keys::access_key, first, most),
        api_keys::scope,
        substr_if_any(api_keys::allowed_model_names, first, most),
        api_keys::is_custom,
        api_keys::expires_at,
        api_keys::created_at,
        api_keys::updated_at,
        substr(key_users::username, first, most),
        key_users::is_system,
        api_key_uses::last_used_at.nullable(),
        (
            api_keys::kept_expires_at,
            api_keys::disabled_at,
            api_keys::revoked_at,
            api_keys::revocation_reason,
            substr_if_any(api_keys::revocation_comment, first, most),
            api_keys::hint,
            substr_if_any(api_keys::metadata, first, most),
            api_keys::self_rotation,
            substr_if_any(api_keys::credentials, first, most),
        ),
    )
}

/// The columns of `LifeRow`, in `rows`.
#[auto_type]
fn life() -> _ {
    (
        api_keys::kept_expires_at,
        api_keys::disabled_at,
        api_keys::revoked_at,
        api_keys::revocation_reason,
        api_keys::revocation_comment,
        api_keys::hint,
        api_keys::metadata,
        api_keys::self_rotation,
        api_keys::credentials,
    )
}

type KeyFactsColumns = (
    api_keys::id,
    api_keys::name,
    api_keys::user_id,
    api_keys::owner_principal_id,
    api_keys::secret_digest,
    api_keys::scope,
    api_keys::allowed_model_names,
    api_keys::expires_at,
    api_keys::kept_expires_at,
    api_keys::disabled_at,
    api_keys::revoked_at,
    api_keys::credentials,
);

/// The columns of [`crate::rows::KeyFactsRow`].
pub(crate) const KEY_FACTS: KeyFactsColumns = (
    api_keys::id,
    api_keys::name,
    api_keys::user_id,
    api_keys::owner_principal_id,
    api_keys::secret_digest,
    api_keys::scope,
    api_keys::allowed_model_names,
    api_keys::expires_at,
    api_keys::kept_expires_at,
    api_keys::disabled_at,
    api_keys::revoked_at,
    api_keys::credentials,
);

/// The columns of `StandingRow`, in `rows`.
#[auto_type(no_type_alias)]
pub(crate) fn standing() -> _ {
    (
        organizations::principal_id.nullable(),
        stored_memberships::role.nullable(),
        api_key_uses::last_used_at.nullable(),
    )
}

/// The columns of [`crate::rows::EventRow`].
#[auto_type(no_type_alias)]
pub(crate) fn event() -> _ {
    (
        events::horizon,
        events::number,
        events::transaction_id,
        events::kind,
        events::at,
        events::by_user_id,
        events::by_api_key_id,
        events::api_key_id,
        events::user_id,
        events::principal_id,
        events::before,
        events::after,
    )
}

type UserColumns = (
    users::id,
    users::principal_id,
    users::username,
    users::full_name,
    users::is_admin,
    users::is_active,
    users::is_system,
    users::require_password_change,
    users::created_at,
    users::updated_at,
);

/// The columns of [`crate::rows::UserRow`].
pub(crate) const USER: UserColumns = (
    users::id,
    users::principal_id,
    users::username,
    users::full_name,
    users::is_admin,
    users::is_active,
    users::is_system,
    users::require_password_change,
    users::created_at,
    users::updated_at,
);

type UserPlaceColumns = (
    stored_users::id,
    stored_users::username,
    stored_users::full_name,
    stored_users::is_admin,
    stored_users::is_active,
    stored_users::created_at,
    stored_users::updated_at,
);

/// The columns of [`crate::rows::UserPlaceRow`].
pub(crate) const USER_PLACE: UserPlaceColumns = (
    stored_users::id,
    stored_users::username,
    stored_users::full_name,
    stored_users::is_admin,
    stored_users::is_active,
    stored_users::created_at,
    stored_users::updated_at,
);

type OrganizationColumns = (
    organizations::principal_id,
    organizations::name,
    organizations::slug,
    organizations::description,
    organizations::created_at,
    organizations::updated_at,
);

/// The columns of [`crate::rows::OrganizationRow`].
pub(crate) const ORGANIZATION: OrganizationColumns = (
    organizations::principal_id,
    organizations::name,
    organizations::slug,
    organizations::description,
    organizations::created_at,
    organizations::updated_at,
);

type MemberColumns = (
    memberships::user_id,
    users::username,
    users::full_name,
    memberships::role,
    memberships::created_at,
);

/// The columns of [`crate::rows::MemberRow`].
pub(crate) const MEMBER: MemberColumns = (
    memberships::user_id,
    users::username,
    users::full_name,
    memberships::role,
    memberships::created_at,
);

type MembershipColumns = (
    stored_memberships::organization_id,
    stored_memberships::user_id,
    stored_memberships::role,
);

/// The columns that identify a membership, and its role.
pub(crate) const MEMBERSHIP: MembershipColumns = (
    stored_memberships::organization_id,
    stored_memberships::user_id,
    stored_memberships::role,
);

/// The columns of [`crate::rows::ApiKeySizeRow`].
#[auto_type(no_type_alias)]
pub(crate) fn api_key_size() -> _ {
    (
        api_keys::id,
        octet_length(api_keys::name.nullable()),
        octet_length(api_keys::description),
        octet_length(api_keys::access_key.nullable()),
        octet_length(api_keys::allowed_model_names),
        octet_length(api_keys::revocation_comment),
        octet_length(api_keys::metadata),
        octet_length(api_keys::credentials),
        octet_length(key_users::username.nullable()),
    )
}

/// The columns of [`crate::rows::UserSizeRow`] for a user.
#[auto_type(no_type_alias)]
pub(crate) fn user_size() -> _ {
    (
        users::id,
        octet_length(users::username.nullable()),
        octet_length(users::full_name),
    )
}

/// The columns of [`crate::rows::UserSizeRow`] for a member.
#[auto_type(no_type_alias)]
pub(crate) fn member_size() -> _ {
    (
        memberships::user_id,
        octet_length(users::username.nullable()),
        octet_length(users::full_name),
    )
}

/// The columns of [`crate::rows::OrganizationSizeRow`].
#[auto_type(no_type_alias)]
pub(crate) fn organization_size() -> _ {
    (
        organizations::principal_id,
        octet_length(organizations::name.nullable()),
        octet_length(organizations::slug.nullable()),
        octet_length(organizations::description),
    )
}

/// The columns of [`crate::rows::EventSizeRow`].
#[auto_type(no_type_alias)]
pub(crate) fn event_size() -> _ {
    (octet_length(events::before), octet_length(events::after))
}
