//! What diesel keeps of the migrations.

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}
