//! A list of everybody's keys, for anybody.

use apikey_domain::access::policy::ApiKeyFilter;

fn everything() -> ApiKeyFilter {
    ApiKeyFilter {
        user_id: None,
        owner_principal_id: None,
        search: None,
    }
}

fn main() {}
