//! A row as the server writes it when a key is created.

use diesel::Insertable;

use crate::bench::scattered::scattered;
use crate::bench::schema::api_keys;

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
