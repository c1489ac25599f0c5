//! A stranger who says of themselves whose keys they create.

use apikey_domain::access::tenant::{Caller, TenantContext};
use apikey_domain::identifier::PrincipalId;

fn act_for(caller: Caller, victim: PrincipalId) -> TenantContext {
    TenantContext {
        caller,
        current_principal_id: Some(victim),
        current_role: None,
    }
}

fn main() {}
