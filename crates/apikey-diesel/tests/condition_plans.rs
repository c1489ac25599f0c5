//! What lists with conditions ask of indexes, they ask of the right ones.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_diesel::{
    DatabaseUrl,
    testing::{TestDatabase, sqlite_connection},
};
use diesel::{QueryableByName, RunQueryDsl, sql_types::Text};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Returns the plan of a query.
async fn plan(database: &TestDatabase, query: &str) -> String {
    match &database.url {
        DatabaseUrl::Sqlite(path) => {
            let mut connection = sqlite_connection(path).unwrap();
            let plan = diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}"));
            let plan: Vec<Line> = plan.load(&mut connection).unwrap();
            plan.into_iter().map(|line| line.detail + "\n").collect()
        }
        DatabaseUrl::Postgres(_) => {
            let connected = tokio_postgres::connect(&database.url_text, tokio_postgres::NoTls);
            let (client, driver) = connected.await.unwrap();
            tokio::spawn(driver);
            // Whatever the sizes of the tables are.
            let settings = "SET enable_seqscan = off; SET enable_bitmapscan = off";
            client.batch_execute(settings).await.unwrap();
            let plan = client.query(&format!("EXPLAIN {query}"), &[]).await;
            let lines = plan.unwrap();
            let lines = lines.iter().map(|line| line.get::<_, String>(0) + "\n");
            lines.collect()
        }
    }
}

/// Returns what is asked of a table about the keys of one user in one principal.
fn asked(id: &str, table: &str, condition: &str, order: &str) -> String {
    format!(
        "SELECT {id} FROM {table} WHERE {table}.user_id = 1 AND {table}.owner_principal_id = 1 \
         AND {condition} ORDER BY {order}{id} ASC LIMIT 10001"
    )
}

#[tokio::test]
async fn each_condition_has_an_index() {
    let (keys, uses) = ("api_keys", "api_key_uses");
    let last_use = "COALESCE(api_key_uses.last_used_at, -9223372036854775807)";
    let queries = [
        (
            asked("id", keys, "revoked_at >= -1", "revoked_at ASC, "),
            "api_keys_revoked",
        ),
        (
            asked(
                "id",
                keys,
                "disabled_at IS NOT NULL AND revoked_at IS NULL",
                "disabled_at ASC, ",
            ),
            "api_keys_disabled",
        ),
        (
            asked(
                "id",
                keys,
                "expires_at >= 1 AND expires_at < 9",
                "expires_at ASC, ",
            ),
            "api_keys_by_tenant_and_expiry",
        ),
        (
            asked(
                "id",
                keys,
                "kept_expires_at >= 1 AND kept_expires_at < 9",
                "kept_expires_at ASC, ",
            ),
            "api_keys_by_kept_expiry",
        ),
        (
            asked(
                "api_key_id",
                uses,
                &format!("{last_use} >= 1 AND {last_use} < 9"),
                &format!("{last_use} ASC, "),
            ),
            "api_key_uses_by_tenant",
        ),
        (
            asked(
                "api_key_id",
                "api_key_metadata",
                "name = 'team' AND substr(api_key_metadata.text, 1, 64) = 'search'",
                "",
            ),
            "api_key_metadata_by_text",
        ),
        (
            "SELECT id FROM api_keys WHERE hint = 'a3f9' LIMIT 10000".to_owned(),
            "api_keys_by_hint",
        ),
        (
            "SELECT api_key_id FROM api_key_credentials WHERE hint = 'a3f9' LIMIT 10000".to_owned(),
            "api_key_credentials_by_hint",
        ),
        (
            "SELECT id FROM sessions WHERE expires_at <= 7 ORDER BY expires_at, id LIMIT 500"
                .to_owned(),
            "sessions_by_expiry",
        ),
        (
            "SELECT id FROM sessions WHERE expires_at > 9 ORDER BY expires_at DESC, id DESC LIMIT 1"
                .to_owned(),
            "sessions_by_expiry",
        ),
    ];
    for database in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        let database = database.unwrap();
        for (query, index) in &queries {
            let plan = plan(&database, query).await;
            assert!(plan.contains(index), "{query}: {plan}");
            assert!(
                !plan.contains("TEMP B-TREE") && !plan.contains("Sort"),
                "{query}: {plan}"
            );
        }
    }
}

/// Whether a key has a digest under a pepper, and how many are under others.
#[tokio::test]
async fn digests_of_a_pepper_have_an_index() {
    for database in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        let database = database.unwrap();
        let bytewise = match &database.url {
            DatabaseUrl::Sqlite(_) => "",
            DatabaseUrl::Postgres(_) => " COLLATE \"C\"",
        };
        let pepper = format!("substr(secret_digest, 13, 8){bytewise}");
        for (table, index) in [
            ("api_keys", "api_keys_by_pepper"),
            ("api_key_credentials", "api_key_credentials_by_pepper"),
        ] {
            let ours = format!("{table} WHERE substr(secret_digest, 1, 12) = 'hmac-sha256$'");
            for query in [
                format!("SELECT 1 FROM {ours} AND {pepper} = '01010101'"),
                format!("SELECT 1 FROM {ours} AND {pepper} > '0' AND {pepper} < '01' LIMIT 9"),
                format!("SELECT 1 FROM {ours} AND {pepper} > '0' AND {pepper} > '01' LIMIT 9"),
            ] {
                let plan = plan(&database, &query).await;
                assert!(plan.contains(index), "{query}: {plan}");
            }
        }
    }
}

#[tokio::test]
async fn each_order_of_users_has_an_index() {
    for database in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        let database = database.unwrap();
        let (full_name, yes, by_username) = match &database.url {
            DatabaseUrl::Sqlite(_) => (
                "COALESCE('0' || users.full_name, '1')",
                "1",
                "users_username_unique",
            ),
            DatabaseUrl::Postgres(_) => (
                "(COALESCE('0' || users.full_name, '1') COLLATE \"C\")",
                "TRUE",
                "users_by_username",
            ),
        };
        for (column, value, index) in [
            ("users.username", "'m'", by_username),
            ("users.is_admin", yes, "users_by_right"),
            (full_name, "'0m'", "users_by_full_name"),
            ("users.is_active", yes, "users_by_activity"),
            ("users.created_at", "7", "users_by_creation"),
            ("users.updated_at", "7", "users_by_change"),
        ] {
            let by = |direction| format!("{column} {direction}, users.id {direction}");
            for (condition, order) in [
                ("TRUE".to_owned(), by("ASC")),
                ("TRUE".to_owned(), by("DESC")),
                (format!("{column} > {value}"), by("ASC")),
                (
                    format!("{column} = {value} AND users.id < 7"),
                    "users.id DESC".to_owned(),
                ),
            ] {
                let query = format!(
                    "SELECT users.id FROM users WHERE users.id NOT IN (SELECT marked.id FROM \
                     users AS marked WHERE marked.removed_at IS NOT NULL) AND {condition} \
                     ORDER BY {order} LIMIT 100"
                );
                let plan = plan(&database, &query).await;
                // Of those with one value PostgreSQL may also go by their ids.
                let is_found = plan.contains(index) || plan.contains("users_pkey");
                assert!(is_found, "{query}: {plan}");
                let is_sorted = plan.contains("TEMP B-TREE") || plan.contains("Sort");
                assert!(!is_sorted, "{query}: {plan}");
            }
        }
        let outdated = "SELECT id FROM users WHERE ((full_name IS NOT NULL AND \
             full_name_folded IS NULL) OR full_name_folded_as IS DISTINCT FROM full_name || ':' \
             || full_name_folded) AND id > 0 ORDER BY id LIMIT 20";
        let plan = plan(&database, outdated).await;
        assert!(plan.contains("users_full_names_to_fold"), "{plan}");
    }
}
