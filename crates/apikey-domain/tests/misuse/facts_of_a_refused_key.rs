//! The facts of a key that was refused, such as an expired one.

use apikey_domain::verification::{Refused, facts::KeyFacts};

fn read(refused: &Refused) -> &KeyFacts {
    refused.facts()
}

fn main() {}
