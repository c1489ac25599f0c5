//! The facts of a decision that nobody looked at.

use apikey_domain::use_case::{
    keys::verify::{Freshness, verify},
    ports::VerifyPorts,
};
use apikey_domain::verification::Wanted;

async fn owner(ports: &VerifyPorts, text: &str) -> i64 {
    let decision = verify(ports, text, Wanted::whatever_scope(), Freshness::Current).await;
    decision.unwrap().facts().owner.user_id.0
}

fn main() {}
