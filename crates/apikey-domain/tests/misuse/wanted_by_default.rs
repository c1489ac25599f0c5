//! A key that is wanted for nothing that anybody said.

use apikey_domain::verification::Wanted;

fn main() {
    let _ = Wanted::default();
}
