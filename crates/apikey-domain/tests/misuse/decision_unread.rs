//! A decision that nobody reads.

#![deny(unused_must_use)]

use apikey_domain::Error;
use apikey_domain::use_case::{
    keys::verify::{Freshness, verify},
    ports::VerifyPorts,
};
use apikey_domain::verification::Wanted;

async fn admit(ports: &VerifyPorts, text: &str) -> Result<(), Error> {
    verify(ports, text, Wanted::whatever_scope(), Freshness::Current).await?;
    Ok(())
}

fn main() {}
