//! A filter that is widened after the policy gave it.

use apikey_domain::access::policy::ApiKeyFilter;

fn widen(filter: &mut ApiKeyFilter) {
    filter.user_id = None;
}

fn main() {}
