//! What the keys of a list are like, as parts of a query. The rule is that of
//! `KeyConditions::matches`.
//!
//! A subquery stands where a value does, so that no plan reads the tables of others to find
//! it: it is looked up for each key that is compared, by its id.

use super::key_pages::ConditionOn;
use apikey_domain::{
    key::{conditions::KeyConditions, status::Status},
    timestamp::Timestamp,
};
use diesel::{
    dsl::sql,
    sql_types::{BigInt, Bool, Text},
};

/// The expiry that the owner of a key gave it.
const OWN_EXPIRY: &str = "COALESCE(api_keys.kept_expires_at, api_keys.expires_at)";

const IS_IN_FORCE: &str = "api_keys.revoked_at IS NULL AND api_keys.disabled_at IS NULL";

/// Returns the conditions, all of which hold.
pub(super) fn all<S: 'static>(conditions: &KeyConditions) -> Vec<ConditionOn<S>> {
    let mut all = Vec::new();
    if let Some((status, now)) = conditions.status {
        all.push(has_status(status, now));
    }
    if let Some(end) = conditions.expires_before {
        all.push(compared(&format!("{OWN_EXPIRY} < "), end));
    }
    if let Some(since) = conditions.unused_since {
        all.push(compared("api_keys.created_at < ", since));
        let last_use = "COALESCE((SELECT used.last_used_at FROM api_key_uses AS used \
                        WHERE used.api_key_id = api_keys.id), -9223372036854775807) < ";
        all.push(compared(last_use, since));
    }
    for (name, text) in conditions.noted() {
        let noted = "(SELECT noted.text FROM api_key_metadata AS noted \
                     WHERE noted.api_key_id = api_keys.id AND noted.name = ";
        let noted = sql::<Bool>(noted).bind::<Text, _>(name.to_owned());
        all.push(Box::new(noted.sql(") = ").bind::<Text, _>(text.to_owned())));
    }
    all
}

/// Returns the condition that a secret of a key ends like this. Of a key that was rotated
/// the row has the first one, which may be forgotten.
pub(super) fn has_hint<S: 'static>(hint: &str) -> ConditionOn<S> {
    let hint = || hint.to_owned();
    let only = sql::<Bool>("(api_keys.credentials IS NULL AND api_keys.hint = ");
    let of_several = " OR api_keys.id IN (SELECT several.api_key_id \
                      FROM api_key_credentials AS several WHERE several.hint = ";
    let has_any = only.bind::<Text, _>(hint()).sql(of_several);
    Box::new(has_any.bind::<Text, _>(hint()).sql("))"))
}

fn has_status<S: 'static>(status: Status, now: Timestamp) -> ConditionOn<S> {
    match status {
        Status::Revoked => Box::new(sql::<Bool>("api_keys.revoked_at IS NOT NULL")),
        Status::Disabled => Box::new(sql::<Bool>(
            "api_keys.revoked_at IS NULL AND api_keys.disabled_at IS NOT NULL",
        )),
        Status::Expired => compared(&format!("{IS_IN_FORCE} AND {OWN_EXPIRY} <= "), now),
        Status::Active => compared(&format!("{IS_IN_FORCE} AND {OWN_EXPIRY} > "), now),
    }
}

fn compared<S: 'static>(begin: &str, instant: Timestamp) -> ConditionOn<S> {
    Box::new(sql::<Bool>(begin).bind::<BigInt, _>(instant.microseconds()))
}
