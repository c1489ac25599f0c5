//! A caller who writes past the use cases, and so past the policies.

use apikey_domain::access::authority::Authority;
use apikey_domain::access::tenant::{Caller, TenantContext};
use apikey_domain::identifier::PrincipalId;
use apikey_domain::timestamp::Timestamp;

fn on_the_platform(caller: &Caller, now: Timestamp) -> Authority {
    Authority::of(caller, now)
}

fn in_tenant(context: &TenantContext, now: Timestamp) -> Authority {
    Authority::in_tenant(context, now)
}

fn over_members(caller: &Caller, id: PrincipalId, now: Timestamp) -> Authority {
    Authority::over_members(caller, id, now)
}

fn main() {}
