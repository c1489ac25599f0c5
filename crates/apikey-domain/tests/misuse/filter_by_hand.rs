//! A list of everybody's keys, for anybody.

use apikey_domain::{access::policy::ApiKeyFilter, key::conditions::KeyConditions};

fn everything() -> ApiKeyFilter {
    ApiKeyFilter {
        user_id: None,
        owner_principal_id: None,
        search: None,
        conditions: KeyConditions::NONE,
    }
}

fn main() {}
