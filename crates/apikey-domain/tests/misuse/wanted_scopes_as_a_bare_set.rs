//! A set of scopes that may be empty, and then says nothing.

use apikey_domain::gpustack::ScopeSet;
use apikey_domain::verification::Wanted;

fn main() {
    let _ = Wanted::scopes(ScopeSet::NONE);
}
