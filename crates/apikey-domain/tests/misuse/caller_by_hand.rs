//! Somebody who says of themselves that they have signed in.
use apikey_domain::access::tenant::{Caller, Credential};
use apikey_domain::identity::user::User;

fn sign_in(stranger: &User, credential: &Credential) -> Caller {
    Caller {
        user: stranger.clone(),
        credential: credential.clone(),
    }
}

fn main() {}
