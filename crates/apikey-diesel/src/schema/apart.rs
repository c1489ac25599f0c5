//! Tables that no query joins with others.

// Which row of which source became what.
diesel::table! {
    imports (source, kind, source_row) {
        source -> Text,
        kind -> Text,
        source_row -> Text,
        target -> BigInt,
        state -> Text,
        left_at -> Nullable<BigInt>,
        is_merged -> Bool,
        created_at -> Nullable<BigInt>,
    }
}

// The last notice of each key.
diesel::table! {
    api_key_notices (api_key_id) {
        api_key_id -> BigInt,
        expires_at -> BigInt,
        days -> BigInt,
    }
}

// Up to which key notices were given.
diesel::table! {
    expiry_notices (days) {
        days -> BigInt,
        expires_at -> BigInt,
        api_key_id -> BigInt,
    }
}

// What diesel keeps of the migrations.
diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

// Which peppers were the newest, in their order.
diesel::table! {
    peppers (number) {
        number -> BigInt,
        id -> Text,
        registered_at -> BigInt,
    }
}

// The backups that the database was restored from.
diesel::table! {
    restores (id) {
        id -> BigInt,
        made_at -> BigInt,
        restored_at -> Nullable<BigInt>,
        acknowledged_at -> Nullable<BigInt>,
    }
}
