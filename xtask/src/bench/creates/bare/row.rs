//! A row as the server writes it when a key is created.

use diesel::Insertable;

/// Makes the user who owns all rows, on either database.
pub(super) const OWNER: [&str; 2] = [
    "INSERT INTO principals (kind) VALUES ('user')",
    "INSERT INTO users (principal_id, username, username_folded, password_hash,
                        is_admin, is_active, is_system, created_at, updated_at)
     VALUES (1, 'owner', 'owner', '', FALSE, TRUE, FALSE, 0, 0)",
];

/// An instant in 2026, in microseconds.
const EPOCH: i64 = 1_790_000_000_000_000;

/// As long as any digest.
const DIGEST: &str = "hmac-sha256$0a1b2c3d$\
                      0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

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

/// A row as the server writes it when a key is created.
#[derive(Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
pub(super) struct Row {
    name: String,
    name_folded: String,
    description: Option<&'static str>,
    user_id: i64,
    owner_principal_id: i64,
    access_key: String,
    secret_digest: &'static str,
    scope: &'static str,
    allowed_model_names: Option<&'static str>,
    is_custom: bool,
    expires_at: i64,
    created_at: i64,
    updated_at: i64,
}

// === impl Row ===

impl Row {
    /// Makes the row of a number; no two are the same.
    pub(super) fn of(number: u64) -> Self {
        let name = format!("bench-{number:09}");
        let created_at = EPOCH.saturating_add_unsigned(number * 500);
        Self {
            name_folded: name.clone(),
            name,
            description: None,
            user_id: 1,
            owner_principal_id: 1,
            access_key: format!("{:016x}", scattered(number)),
            secret_digest: DIGEST,
            scope: "*",
            allowed_model_names: None,
            is_custom: false,
            expires_at: i64::MAX,
            created_at,
            updated_at: created_at,
        }
    }
}

/// Gives each number another one with no order among them (splitmix64), as
/// access keys are random and land all over their index.
fn scattered(number: u64) -> u64 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::collections::BTreeSet;

    #[test]
    fn access_keys_differ_and_have_no_order() {
        let keys: Vec<String> = (0..1_000)
            .map(|number| Row::of(number).access_key)
            .collect();
        assert!(keys.iter().all(|key| key.len() == 16));
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 1_000);
        let rising = keys.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((400..600).contains(&rising), "{rising}");
    }

    #[test]
    fn a_digest_is_as_long_as_the_servers() {
        assert_eq!(DIGEST.len(), "hmac-sha256".len() + 1 + 8 + 1 + 64);
    }
}
