//! A caller who makes themselves a platform admin.

use apikey_domain::access::tenant::Caller;

fn promote(caller: &mut Caller) {
    caller.user.is_admin = true;
}

fn main() {}
