//! A context of one's own that is turned to another principal.

use apikey_domain::access::tenant::TenantContext;
use apikey_domain::identifier::PrincipalId;

fn turn(context: &mut TenantContext, victim: PrincipalId) {
    context.current_principal_id = Some(victim);
}

fn main() {}
