//! Row 8: guesses from many addresses of one network.

use super::{WRONG, sign_in};
use crate::{
    report::Checks,
    target::{Attack, PASSWORD, Target, command},
};
use anyhow::{Context, Result, ensure};
use futures_util::future::join_all;
use std::{
    io::Write,
    net::{Ipv6Addr, SocketAddr},
    process::{Command, Stdio},
};
use xtask_harness::server::{Server, free_address};

/// How many addresses of the network there are.
const ADDRESSES: u16 = 16;

/// How many guesses there are from each, all at once.
const GUESSES: u16 = 4;

/// How many guesses there may be in all, and how many more while they are made.
const LIMIT: usize = 10 + 2;

/// Addresses of one network that this machine has as long as this lives.
struct Addresses;

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let mut checks = Checks::default();
    let what = "guesses at once from 16 addresses of one IPv6 network that are checked";
    let addresses = match Addresses::add() {
        Ok(addresses) => addresses,
        Err(error) => {
            // A test of the domain holds what is not seen here.
            let seen = format!("not tried, this machine takes no addresses: {error:#}");
            checks.show(what, seen);
            return Ok(checks);
        }
    };
    let target = start(attack).await?;
    target.make_user("alice", false).await?;
    let to = target.address();
    let guess = |number: u16| async move {
        let password = format!("{WRONG}{number}");
        sign_in(to, address(number % ADDRESSES), "alice", &password).await
    };
    let answers = join_all((0..ADDRESSES * GUESSES).map(guess)).await;
    let answers: Vec<_> = answers.into_iter().collect::<Result<_>>()?;
    let checked = answers.iter().filter(|status| **status == 401).count();
    checks.must(what, checked, format!("{LIMIT}"), checked <= LIMIT);
    let right = sign_in(to, Ipv6Addr::LOCALHOST, "alice", PASSWORD).await?;
    let what = "the right password from another network";
    checks.must(what, right, 200, right == 200);
    drop(addresses);
    Ok(checks)
}

/// Starts a server that listens to IPv6.
async fn start(attack: &Attack) -> Result<Target> {
    let database = attack.engine.create().await?;
    let port = free_address()?.port();
    let address = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    let command = command(&attack.program, &database);
    let server = Server::spawn(command, address, database.folder().join("log"))?;
    Target::ready(server, database).await
}

/// Returns an address of the network, of a range that is free for anyone's own use.
fn address(number: u16) -> Ipv6Addr {
    Ipv6Addr::new(0xfd6b, 0x6579, 0x7369, 0x676e, 0, 0, number, 1)
}

// === impl Addresses ===

impl Addresses {
    fn add() -> Result<Self> {
        // Some may be there since a run that was killed.
        let _ = ip("del");
        ip("add")?;
        Ok(Self)
    }
}

impl Drop for Addresses {
    fn drop(&mut self) {
        let _ = ip("del");
    }
}

/// Adds or deletes all addresses.
fn ip(action: &str) -> Result<()> {
    let mut ip = Command::new("ip")
        .args(["-6", "-force", "-batch", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("no program ip")?;
    let mut input = ip.stdin.take().context("no input")?;
    for number in 0..ADDRESSES {
        let one = address(number);
        writeln!(input, "address {action} {one}/128 dev lo")?;
    }
    drop(input);
    let done = ip.wait()?;
    ensure!(done.success(), "ip ends with {done}");
    Ok(())
}
