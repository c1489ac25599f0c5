//! Ports for the programs that are started here.

use anyhow::{Result, bail};
use std::{
    net::{Ipv4Addr, TcpListener},
    sync::atomic::{AtomicU32, Ordering},
};

/// Below the ports that systems hand out by themselves (from 32768 on Linux).
/// A connection or another listener cannot take one of these by chance before
/// the program does that it was meant for.
const FIRST: u32 = 12_000;
const COUNT: u32 = 20_000;

/// How many ports two processes with neighboring numbers are apart.
const APART: u32 = 97;

/// Returns a free port that this process has not returned before.
///
/// It must not be returned twice even while it is free: Envoy and Caddy share a
/// port with others without a word, and a test would talk to another's gateway.
pub fn free_port() -> Result<u16> {
    static RETURNED: AtomicU32 = AtomicU32::new(0);
    for _ in 0..COUNT {
        let step = RETURNED.fetch_add(1, Ordering::Relaxed);
        let start = std::process::id().wrapping_mul(APART);
        let port = u16::try_from(FIRST + start.wrapping_add(step) % COUNT)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port from {FIRST} on is free")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_returned_twice() {
        let first = free_port().unwrap();
        assert_ne!(free_port().unwrap(), first);
    }
}
