//! Somebody who says of themselves which key they came with.

use apikey_domain::access::tenant::{Caller, CallerKey};
use apikey_domain::identity::user::User;

fn call(user: User, key: CallerKey) {
    let _ = Caller::with_key(user, key);
}

fn main() {}
