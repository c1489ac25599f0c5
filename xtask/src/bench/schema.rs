//! The table that bare queries are made of, as the migrations make it.

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
    }
}
