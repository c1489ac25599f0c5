//! The statements that fill the tables. Both databases understand them.

use crate::{dataset::mixture::Place, keys::stored};
use anyhow::Result;
use apikey_domain::{
    key::{
        digest::Peppers,
        token::{KeyPrefix, PresentedKey},
    },
    name::DERIVATION,
};
use xtask_harness::{random::scattered, server};

/// A word that few of a tenant's keys have in their names, and how many.
pub(crate) const RARE_WORD: &str = "staging";
const RARE_KEYS: u64 = 5;

/// A word that most of them have.
pub(crate) const COMMON_WORD: &str = "production";

/// One in so many keys has neither.
const OTHERS: u64 = 16;
const OTHER_WORD: &str = "testing";

/// When the first key was made, the year 2025, and how long after it the next one
/// was, in microseconds.
const FIRST_CREATED_AT: u64 = 1_735_689_600_000_000;
const CREATED_EVERY: u64 = 20_000_000;

/// Until when keys that expire last at least, the year 2100.
const FIRST_EXPIRES_AT: u64 = 4_102_444_800_000_000;

/// How far expiries, changes and uses are spread, in microseconds: some months.
const SPREAD: u64 = 10_000_000_000_000;

/// Says that every second key was used, each at another time. A statement of the
/// database itself may have made the rows already.
pub(super) const ADD_USES: &str = "
    INSERT INTO api_key_uses (api_key_id, last_used_at)
    SELECT id, created_at + id * 2654435761 % 10000000000000 FROM api_keys WHERE id % 2 = 0
    ON CONFLICT (api_key_id) DO UPDATE SET last_used_at = excluded.last_used_at";

/// Returns what creates users, with the numbers from one on as their tables
/// are empty.
pub(super) fn create_users(count: u64) -> [String; 2] {
    let principals = (0..count).map(|_| "('user')".to_owned());
    let users = (1..=count).map(|number| {
        format!("({number}, 'user-{number}', 'user-{number}', '', FALSE, TRUE, FALSE, 0, 0)")
    });
    [
        insert("principals (kind)", principals),
        insert(
            "users (principal_id, username, username_folded, password_hash, is_admin, is_active,
                    is_system, created_at, updated_at)",
            users,
        ),
    ]
}

/// Returns what creates some keys, the first of which is the one at a position of
/// the table. Their names are folded as the server would, which has nothing to renew.
pub(super) fn create_keys(places: &[Place], first: u64, scope: &str) -> Result<String> {
    let (peppers, prefix) = (Peppers::from_hex(&server::pepper())?, KeyPrefix::default());
    let rows = places.iter().zip(first..).map(|(place, position)| {
        let text = stored(place.number);
        let key = PresentedKey::parse(&prefix, &text);
        let digest = peppers.digest(&key).to_text();
        let (name, user, access_key) = (name(place), place.user, key.access_key());
        let created_at = FIRST_CREATED_AT + position * CREATED_EVERY;
        let updated_at = created_at + spread(3 * place.number + 1);
        let expires_at = match place.number % 2 {
            0 => i64::MAX.unsigned_abs(),
            _ => FIRST_EXPIRES_AT + spread(3 * place.number),
        };
        format!(
            "('{name}', {user}, '{access_key}', '{digest}', {expires_at}, {created_at}, {updated_at})"
        )
    });
    let rows: Vec<_> = rows.collect();
    Ok(format!(
        "INSERT INTO api_keys (name, name_folded, user_id, owner_principal_id, access_key,
                   secret_digest, scope, is_custom, expires_at, created_at, updated_at,
                   fold_version, folded_as)
         SELECT column1, column1, column2, column2, column3, column4, '{scope}', FALSE, column5,
                column6, column7, {DERIVATION}, column1 || ':' || column1
         FROM (VALUES {}) AS some_keys",
        rows.join(", ")
    ))
}

/// Returns the name of a key: their order is another one than that of their ids.
fn name(place: &Place) -> String {
    let rare_every = (place.of / RARE_KEYS).max(1);
    let word = match place.index {
        index if index % rare_every == rare_every - 1 => RARE_WORD,
        index if index % OTHERS == 1 => OTHER_WORD,
        _ => COMMON_WORD,
    };
    let number = scattered(place.number);
    format!("{number:016x}-{word}")
}

fn spread(number: u64) -> u64 {
    scattered(number) % SPREAD
}

fn insert(columns: &str, rows: impl Iterator<Item = String>) -> String {
    let rows: Vec<_> = rows.collect();
    format!("INSERT INTO {columns} VALUES {}", rows.join(", "))
}
