//! Keys that only make the tables as large as they are elsewhere. Their user is the
//! system's, whose keys no list shows and no watch sends.

use anyhow::Result;
use std::ops::Range;
use xtask_harness::database::run_on_postgres;

/// How many a statement creates.
const AT_A_TIME: u64 = 50_000;

/// As long as any digest, of no key.
const DIGEST: &str = "hmac-sha256$00000000$\
                      0000000000000000000000000000000000000000000000000000000000000000";

/// Creates so many in the database.
pub(crate) async fn create(database: &str, count: u64) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    let starts = (0..count).step_by(usize::try_from(AT_A_TIME)?);
    let statements = starts.map(|start| keys(start..count.min(start + AT_A_TIME)));
    let statements: Vec<_> = [USER.to_owned()].into_iter().chain(statements).collect();
    run_on_postgres(database, &statements).await?;
    run_on_postgres(database, &["ANALYZE"]).await
}

const USER: &str = "
    WITH principal AS (INSERT INTO principals (kind) VALUES ('user') RETURNING id)
    INSERT INTO users (principal_id, username, username_folded, password_hash, is_admin,
                       is_active, is_system, created_at, updated_at)
    SELECT id, 'system-of-other-keys', 'system-of-other-keys', '', FALSE, TRUE, TRUE, 0, 0
    FROM principal";

fn keys(numbers: Range<u64>) -> String {
    let (first, last) = (numbers.start, numbers.end - 1);
    format!(
        "INSERT INTO api_keys (name, name_folded, user_id, owner_principal_id, access_key,
                 secret_digest, scope, is_custom, expires_at, created_at, updated_at)
         SELECT 'other-' || number, 'other-' || number, users.id, users.principal_id,
                'other' || number, '{DIGEST}', '*', FALSE, {}, number, number
         FROM generate_series({first}, {last}) AS number, users
         WHERE username = 'system-of-other-keys'",
        i64::MAX
    )
}
