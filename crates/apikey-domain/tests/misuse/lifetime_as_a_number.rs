//! A lifetime that is a number, of which zero might mean "for ever".

use apikey_domain::key::expiry::{Expiry, Lifetime};
use apikey_domain::timestamp::Timestamp;

fn expiry(now: Timestamp) {
    let _ = Expiry::of(Lifetime::For(0), now);
}

fn main() {}
