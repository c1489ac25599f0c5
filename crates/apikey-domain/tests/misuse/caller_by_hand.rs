//! Somebody who says of themselves that they have signed in.

use apikey_domain::access::tenant::{Caller, Credential};
use apikey_domain::identity::password::PasswordHash;
use apikey_domain::identity::user::{User, UserCredential};

fn literal(user: User, hash: PasswordHash) -> Caller {
    Caller {
        user,
        credential: Credential::Password(hash),
    }
}

fn called(stored: &UserCredential) {
    let _ = Caller::with_password(stored);
}

fn main() {}
