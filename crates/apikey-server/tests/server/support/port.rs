//! Ports for the programs that tests start.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU32, Ordering},
};

/// Below the ports that systems hand out by themselves (from 32768 on Linux).
/// A connection or another listener cannot take one of these by chance before
/// the program does that it was meant for.
const FIRST: u32 = 12_000;
const COUNT: u32 = 20_000;

/// How many ports two processes with neighbouring numbers are apart.
const APART: u32 = 97;

/// A free port that this process has not answered before.
///
/// It must not be answered twice even while it is free: Envoy and Caddy share a
/// port with others without a word, and a test would talk to another's gateway.
pub(crate) fn free_port() -> u16 {
    static ANSWERED: AtomicU32 = AtomicU32::new(0);
    for _ in 0..COUNT {
        let step = ANSWERED.fetch_add(1, Ordering::Relaxed);
        let start = std::process::id().wrapping_mul(APART);
        let port = FIRST + start.wrapping_add(step) % COUNT;
        let port = u16::try_from(port).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port from {FIRST} on is free");
}
