//! A walk through a list that no policy gave.

use apikey_domain::access::policy::ApiKeyFilter;
use apikey_domain::identifier::UserId;
use apikey_domain::key::cursor::Walk;
use apikey_domain::listing::Order;

fn walk(filter: ApiKeyFilter) -> Walk {
    Walk {
        reader: UserId(1),
        filter,
        order: Order::default(),
    }
}

fn main() {}
