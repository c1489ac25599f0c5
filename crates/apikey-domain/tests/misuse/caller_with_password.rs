//! Somebody who says of themselves that they gave the right password.

use apikey_domain::access::tenant::Caller;
use apikey_domain::identity::user::UserCredential;

fn call(stored: &UserCredential) {
    let _ = Caller::with_password(stored);
}

fn main() {}
