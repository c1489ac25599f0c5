//! Many keys that follow from their numbers, written into the database as any release
//! stores them.

use crate::rights::{Reply, Right};
use anyhow::Result;
use apikey_domain::{
    key::{
        digest::Peppers,
        token::{KeyPrefix, PresentedKey},
    },
    name::DERIVATION,
};
use std::ops::Range;
use xtask_harness::{
    database::run_on_postgres, expectation::Expectation, random::scattered, server,
};

/// What their names begin with.
pub(super) const NAME: &str = "stored-";

/// One in so many has expired.
const EXPIRED_EVERY: u64 = 16;

/// How many a statement creates.
const AT_A_TIME: u64 = 10_000;

/// Lies between the numbers that the three parts of a key are made from.
const STRIDE: u64 = 1 << 48;

const USER: &str = "
    WITH principal AS (INSERT INTO principals (kind) VALUES ('user') RETURNING id)
    INSERT INTO users (principal_id, username, username_folded, password_hash, is_admin,
                       is_active, is_system, created_at, updated_at)
    SELECT id, 'owner-of-stored-keys', 'owner-of-stored-keys', '', FALSE, TRUE, FALSE, 0, 0
    FROM principal";

/// Creates so many of them.
pub(super) async fn create(database: &str, count: u64) -> Result<()> {
    let peppers = Peppers::from_hex(&server::pepper())?;
    run_on_postgres(database, &[USER]).await?;
    for start in (0..count).step_by(usize::try_from(AT_A_TIME)?) {
        let statement = keys(start..count.min(start + AT_A_TIME), &peppers);
        run_on_postgres(database, &[statement]).await?;
    }
    run_on_postgres(database, &["ANALYZE"]).await
}

/// Creates so many users, half of them with a full name.
pub(super) async fn create_users(database: &str, count: u64) -> Result<()> {
    let statement = format!(
        "WITH numbers AS (
             INSERT INTO principals (kind) SELECT 'user' FROM generate_series(1, {count})
             RETURNING id
         )
         INSERT INTO users (principal_id, username, username_folded, full_name, password_hash,
                            is_admin, is_active, is_system, created_at, updated_at,
                            fold_version, folded_as)
         SELECT id, 'user-' || id, 'user-' || id,
                CASE WHEN id % 2 = 0 THEN 'Full Name ' || id END, '', FALSE, TRUE, FALSE, id, id,
                {DERIVATION}, 'user-' || id || ':' || 'user-' || id
         FROM numbers"
    );
    run_on_postgres(database, &[&*statement, "ANALYZE"]).await
}

/// Returns what the key of a number is good for, always.
pub(super) fn right(number: u64) -> Right {
    let reply = match is_expired(number) {
        true => Reply::Refused,
        false => Reply::Accepted,
    };
    Right {
        name: format!("{NAME}{number}"),
        key: value(number),
        fact: String::new(),
        granted: String::new(),
        model: None,
        is_never_refused: false,
        ends_by_clock: false,
        expectation: Expectation::new(reply),
    }
}

fn keys(numbers: Range<u64>, peppers: &Peppers) -> String {
    let prefix = KeyPrefix::default();
    let rows = numbers.map(|number| {
        let text = value(number);
        let key = PresentedKey::parse(&prefix, &text);
        let (access_key, digest) = (key.access_key(), peppers.digest(&key).to_text());
        let expires_at = if is_expired(number) { 1 } else { i64::MAX };
        format!("('{NAME}{number}', '{access_key}', '{digest}', {expires_at}, {number})")
    });
    let rows: Vec<_> = rows.collect();
    format!(
        "INSERT INTO api_keys (name, name_folded, user_id, owner_principal_id, access_key,
                 secret_digest, scope, is_custom, expires_at, created_at, updated_at,
                 fold_version, folded_as)
         SELECT column1, column1, users.id, users.principal_id, column2, column3, 'inference',
                FALSE, column4, column5, column5, {DERIVATION}, column1 || ':' || column1
         FROM (VALUES {}) AS some_keys, users WHERE username = 'owner-of-stored-keys'",
        rows.join(", ")
    )
}

fn is_expired(number: u64) -> bool {
    number % EXPIRED_EVERY == EXPIRED_EVERY - 1
}

fn value(number: u64) -> String {
    let access_key = scattered(number);
    let [first, second] = [STRIDE, 2 * STRIDE].map(|step| scattered(number + step));
    format!("gpustack_{access_key:016x}_{first:016x}{second:016x}")
}
