//! The tables, which are the same on both databases.
//!
//! Users, organizations and memberships are read from views without those that are being
//! removed, so no query can forget them. What writes, or must see them, names the table,
//! `stored_…`.

mod apart;

pub(crate) use apart::{
    __diesel_schema_migrations, api_key_notices, expiry_notices, imports, peppers, restores,
};

diesel::table! {
    principals (id) {
        id -> BigInt,
        kind -> Text,
        removed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    #[sql_name = "present_users"]
    users (id) {
        id -> BigInt,
        principal_id -> BigInt,
        username -> Text,
        username_folded -> Text,
        full_name -> Nullable<Text>,
        password_hash -> Text,
        is_admin -> Bool,
        is_active -> Bool,
        is_system -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
        fold_version -> Integer,
        folded_as -> Nullable<Text>,
        likeness_as_written -> Nullable<BigInt>,
        likeness_folded -> Nullable<BigInt>,
        likeness_in_capitals -> Nullable<BigInt>,
        require_password_change -> Bool,
    }
}

diesel::table! {
    #[sql_name = "users"]
    stored_users (id) {
        id -> BigInt,
        principal_id -> BigInt,
        username -> Text,
        username_folded -> Text,
        full_name -> Nullable<Text>,
        password_hash -> Text,
        is_admin -> Bool,
        is_active -> Bool,
        is_system -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
        fold_version -> Integer,
        folded_as -> Nullable<Text>,
        likeness_as_written -> Nullable<BigInt>,
        likeness_folded -> Nullable<BigInt>,
        likeness_in_capitals -> Nullable<BigInt>,
        removed_at -> Nullable<BigInt>,
        removed_username -> Nullable<Text>,
        require_password_change -> Bool,
        full_name_folded -> Nullable<Text>,
        full_name_folded_as -> Nullable<Text>,
    }
}

// The users of keys, also those that are being removed, by the names they had.
diesel::table! {
    key_users (id) {
        id -> BigInt,
        username -> Text,
        is_system -> Bool,
    }
}

diesel::table! {
    #[sql_name = "present_organizations"]
    organizations (principal_id) {
        principal_id -> BigInt,
        name -> Text,
        name_folded -> Text,
        slug -> Text,
        description -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        fold_version -> Integer,
        folded_as -> Nullable<Text>,
    }
}

diesel::table! {
    #[sql_name = "organizations"]
    stored_organizations (principal_id) {
        principal_id -> BigInt,
        name -> Text,
        name_folded -> Text,
        slug -> Text,
        description -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        fold_version -> Integer,
        folded_as -> Nullable<Text>,
        removed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    #[sql_name = "present_memberships"]
    memberships (organization_id, user_id) {
        organization_id -> BigInt,
        user_id -> BigInt,
        role -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    #[sql_name = "memberships"]
    stored_memberships (organization_id, user_id) {
        organization_id -> BigInt,
        user_id -> BigInt,
        role -> Text,
        created_at -> BigInt,
    }
}

// The sessions of users who signed in with a browser.
diesel::table! {
    sessions (id) {
        id -> BigInt,
        digest -> Binary,
        user_id -> BigInt,
        password_hash -> Text,
        created_at -> BigInt,
        last_used_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    api_keys (id) {
        id -> BigInt,
        name -> Text,
        name_folded -> Text,
        description -> Nullable<Text>,
        user_id -> BigInt,
        owner_principal_id -> BigInt,
        access_key -> Text,
        secret_digest -> Text,
        scope -> Text,
        allowed_model_names -> Nullable<Text>,
        is_custom -> Bool,
        expires_at -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        fold_version -> Integer,
        folded_as -> Nullable<Text>,
        kept_expires_at -> Nullable<BigInt>,
        disabled_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        revocation_reason -> Nullable<Text>,
        revocation_comment -> Nullable<Text>,
        hint -> Nullable<Text>,
        metadata -> Nullable<Text>,
        name_freed -> BigInt,
        self_rotation -> Bool,
        credentials -> Nullable<Text>,
    }
}

diesel::table! {
    api_key_uses (api_key_id) {
        api_key_id -> BigInt,
        last_used_at -> Nullable<BigInt>,
        user_id -> Nullable<BigInt>,
        owner_principal_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    api_key_counts (user_id, owner_principal_id, slot) {
        user_id -> BigInt,
        owner_principal_id -> BigInt,
        slot -> Integer,
        keys -> BigInt,
        removals -> BigInt,
        changes -> BigInt,
        uses -> BigInt,
    }
}

diesel::table! {
    events (horizon, number) {
        horizon -> BigInt,
        number -> BigInt,
        transaction_id -> BigInt,
        kind -> Text,
        at -> BigInt,
        by_user_id -> Nullable<BigInt>,
        by_api_key_id -> Nullable<BigInt>,
        api_key_id -> Nullable<BigInt>,
        user_id -> Nullable<BigInt>,
        principal_id -> Nullable<BigInt>,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
    }
}

diesel::table! {
    event_floor (id) {
        id -> BigInt,
        horizon -> BigInt,
        number -> BigInt,
    }
}

// A view of what the statement that reads it sees.
diesel::table! {
    event_head (id) {
        id -> BigInt,
        snapshot -> Text,
        horizon -> BigInt,
    }
}

diesel::table! {
    idempotency_keys (request) {
        request -> Binary,
        content -> Binary,
        created_at -> BigInt,
        api_key_id -> BigInt,
        sealed -> Nullable<Binary>,
        sealed_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    write_proof (id) {
        id -> BigInt,
        number -> BigInt,
    }
}

// On PostgreSQL. On SQLite it is an FTS5 table.
#[cfg(feature = "postgres")]
diesel::table! {
    name_terms (document) {
        document -> BigInt,
        terms -> Array<Integer>,
    }
}

diesel::table! {
    name_index (id) {
        id -> BigInt,
        horizon -> Nullable<BigInt>,
        number -> BigInt,
        swept_users -> BigInt,
        swept_organizations -> BigInt,
        swept_keys -> BigInt,
        is_complete -> Bool,
    }
}

diesel::table! {
    full_name_index (id) {
        id -> BigInt,
        horizon -> Nullable<BigInt>,
        number -> BigInt,
        swept_users -> BigInt,
        is_complete -> Bool,
    }
}

// The credentials of keys that have had several.
diesel::table! {
    api_key_credentials (api_key_id, number) {
        access_key -> Text,
        api_key_id -> BigInt,
        number -> BigInt,
        secret_digest -> Text,
        last_used_at -> Nullable<BigInt>,
        hint -> Nullable<Text>,
    }
}

// The metadata of keys, one row for each name. Triggers keep it.
diesel::table! {
    api_key_metadata (api_key_id, name) {
        api_key_id -> BigInt,
        name -> Text,
        text -> Text,
        user_id -> BigInt,
        owner_principal_id -> BigInt,
    }
}

diesel::joinable!(api_key_credentials -> api_keys (api_key_id));
diesel::joinable!(api_keys -> users (user_id));
diesel::joinable!(api_keys -> key_users (user_id));
diesel::joinable!(api_key_uses -> api_keys (api_key_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(memberships -> users (user_id));
diesel::joinable!(memberships -> organizations (organization_id));
diesel::allow_tables_to_appear_in_same_query!(
    api_key_counts,
    api_key_credentials,
    api_key_metadata,
    api_key_uses,
    api_keys,
    event_floor,
    event_head,
    events,
    key_users,
    memberships,
    organizations,
    principals,
    sessions,
    stored_memberships,
    stored_organizations,
    stored_users,
    users,
);

diesel::define_sql_function! {
    /// Returns how many bytes the text has, without reading it.
    fn octet_length(text: diesel::sql_types::Nullable<diesel::sql_types::Text>) -> diesel::sql_types::Nullable<diesel::sql_types::Integer>;
}

diesel::define_sql_function! {
    /// Returns `count` characters of the text, beginning with the one at `from`.
    fn substr(text: diesel::sql_types::Text, from: diesel::sql_types::Integer, count: diesel::sql_types::Integer) -> diesel::sql_types::Text;
}

diesel::define_sql_function! {
    /// Returns `count` characters of the text, if any, beginning with the one at `from`.
    #[sql_name = "substr"]
    fn substr_if_any(text: diesel::sql_types::Nullable<diesel::sql_types::Text>, from: diesel::sql_types::Integer, count: diesel::sql_types::Integer) -> diesel::sql_types::Nullable<diesel::sql_types::Text>;
}
