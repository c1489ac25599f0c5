//! Tables full of keys, written straight into the database.

use anyhow::Result;

use crate::bench::database::{Database, Kind};

/// How many keys each tenant has.
pub(super) const KEYS_EACH: u32 = 100;

/// Fills the table of keys up to a size. The first tenants and one key of each
/// must be there; the others are made. The keys of a tenant lie far apart, as
/// they do when tenants have come to them over time.
pub(super) async fn fill(database: &Database, size: u32) -> Result<()> {
    let tenants = size / KEYS_EACH;
    let mut statements = match database.kind() {
        Kind::Sqlite => vec![
            "PRAGMA synchronous = OFF".to_owned(),
            "PRAGMA cache_size = -1000000".to_owned(),
        ],
        Kind::Postgres => Vec::new(),
    };
    statements.extend(more_tenants(tenants));
    statements.extend(more_keys(database.kind(), size, tenants));
    statements.extend(
        match database.kind() {
            Kind::Sqlite => ["ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"],
            Kind::Postgres => ["VACUUM ANALYZE", "CHECKPOINT"],
        }
        .map(str::to_owned),
    );
    database.run_all(&statements).await
}

/// Makes the tenants that are missing. Principals and users are told apart from
/// those there are by their numbers, which rise.
fn more_tenants(tenants: u32) -> [String; 3] {
    [
        "CREATE TEMPORARY TABLE last AS SELECT max(id) AS id FROM principals".to_owned(),
        format!(
            "INSERT INTO principals (kind)
             WITH RECURSIVE numbers (n) AS ({})
             SELECT 'user' FROM numbers WHERE n >= (SELECT count(*) FROM users
                                                    WHERE username LIKE 'tenant-%')",
            numbers(tenants)
        ),
        "INSERT INTO users (principal_id, username, username_folded, password_hash,
                            is_admin, is_active, is_system, created_at, updated_at)
         SELECT id, 'tenant-x' || id, 'tenant-x' || id, '', FALSE, TRUE, FALSE, 0, 0
         FROM principals WHERE id > (SELECT id FROM last)"
            .to_owned(),
    ]
}

/// Makes the keys that are missing: key by key, one tenant after the other.
fn more_keys(kind: Kind, size: u32, tenants: u32) -> [String; 2] {
    let access_key = match kind {
        Kind::Sqlite => "lower(hex(randomblob(8)))",
        Kind::Postgres => "substr(md5('key' || n), 1, 16)",
    };
    [
        "CREATE TEMPORARY TABLE tenants AS
         SELECT row_number() OVER (ORDER BY id) - 1 AS number, id, principal_id,
                (SELECT count(*) FROM api_keys WHERE user_id = users.id) AS present
         FROM users WHERE username LIKE 'tenant-%'"
            .to_owned(),
        format!(
            "INSERT INTO api_keys (name, name_folded, user_id, owner_principal_id, access_key,
                                   secret_digest, scope, is_custom, expires_at,
                                   created_at, updated_at)
             WITH RECURSIVE numbers (n) AS ({numbers}),
                            sample AS (SELECT min(secret_digest) AS digest,
                                              max(created_at) AS made_at FROM api_keys)
             SELECT 'key-' || n, 'key-' || n, tenants.id, principal_id, {access_key},
                    digest, 'inference', FALSE, {never}, made_at + n, made_at + n
             FROM sample CROSS JOIN numbers JOIN tenants ON number = n % {tenants}
             WHERE n / {tenants} >= present
             ORDER BY n",
            numbers = numbers(size),
            never = i64::MAX,
        ),
    ]
}

/// Selects the numbers from zero to one below the end.
fn numbers(end: u32) -> String {
    format!("SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    use diesel::sql_types::BigInt;
    use diesel::{QueryableByName, RunQueryDsl, sql_query};

    use crate::bench::database::Engine;

    const SCHEMA: &str =
        include_str!("../../../../migrations/sqlite/2026-11-22-000000_initial/up.sql");

    /// Two tenants with a key each, and somebody else.
    const BEGINNING: &str = "
        INSERT INTO principals (kind) VALUES ('user'), ('user'), ('user');
        INSERT INTO users (principal_id, username, username_folded, password_hash,
                           is_admin, is_active, is_system, created_at, updated_at)
        VALUES (1, 'admin', 'admin', '', TRUE, TRUE, FALSE, 0, 0),
               (2, 'tenant-000000', 'tenant-000000', '', FALSE, TRUE, FALSE, 0, 0),
               (3, 'tenant-000001', 'tenant-000001', '', FALSE, TRUE, FALSE, 0, 0);
        INSERT INTO api_keys (name, name_folded, user_id, owner_principal_id, access_key,
                              secret_digest, scope, is_custom, expires_at,
                              created_at, updated_at)
        VALUES ('first', 'first', 2, 2, 'a', 'd', '*', FALSE, 9, 5, 5),
               ('first', 'first', 3, 3, 'b', 'd', '*', FALSE, 9, 6, 6);";

    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }

    #[tokio::test]
    async fn every_tenant_gets_as_many_keys() {
        let database = Engine::Sqlite.create().await.unwrap();
        let beginning = [SCHEMA, BEGINNING].map(str::to_owned);
        database.run_all(&beginning).await.unwrap();
        fill(&database, 1_000).await.unwrap();

        let each = "SELECT count(*) AS count FROM api_keys GROUP BY user_id, owner_principal_id";
        let mut connection = database.sqlite().unwrap();
        let counts: Vec<Count> = sql_query(each).load(&mut connection).unwrap();
        assert_eq!(counts.len(), 10);
        assert!(counts.iter().all(|tenant| tenant.count == 100));
    }
}
