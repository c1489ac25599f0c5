//! Which columns make up which row.

use crate::schema::{api_keys, memberships, organizations, users};

type ApiKeyColumns = (
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
);

/// The columns of [`crate::rows::ApiKeyRow`].
pub(crate) const API_KEY: ApiKeyColumns = (
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
);

type UserColumns = (
    users::id,
    users::principal_id,
    users::username,
    users::full_name,
    users::is_admin,
    users::is_active,
    users::is_system,
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
    users::created_at,
    users::updated_at,
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
