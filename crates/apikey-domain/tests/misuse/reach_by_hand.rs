//! A reach over everybody's keys, for anybody.

use apikey_domain::access::policy::KeyReach;

fn everything() -> KeyReach {
    KeyReach {
        user_id: None,
        owner_principal_id: None,
    }
}

fn main() {}
