//! A server process whose standard streams a test chooses.

use super::{Kind, TestServer, client::Client};
use std::{
    io::Write,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// A server process; killed when dropped.
pub(crate) struct RawServer {
    pub(crate) server: TestServer,
    pub(crate) child: Child,
}

// === impl RawServer ===

impl RawServer {
    /// Starts a server on a fresh database, with what `prepare` adds to its command.
    /// Its standard input is a pipe.
    pub(crate) async fn spawn(kind: Kind, prepare: impl FnOnce(&mut Command)) -> Self {
        let mut server = TestServer::not_started_on(kind).await;
        server.address = xtask_harness::server::free_address().unwrap();
        let mut command = server.command();
        command.args(["--listen", &server.address.to_string()]);
        command.stdin(Stdio::piped()).stderr(Stdio::null());
        prepare(&mut command);
        let child = command.spawn().unwrap();
        Self { server, child }
    }

    /// Starts it and waits until it is ready.
    pub(crate) async fn start(kind: Kind, prepare: impl FnOnce(&mut Command)) -> Self {
        let server = Self::spawn(kind, prepare).await;
        let ready = format!("http://{}/readyz", server.server.address);
        let deadline = Instant::now() + Duration::from_secs(30);
        while !is_ok(&ready).await {
            assert!(Instant::now() < deadline, "the server does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.server)
    }

    /// Configures a fault: `{point}={action}`.
    pub(crate) fn fault(&mut self, fault: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(format!("{fault}\n").as_bytes()).unwrap();
        // Until it was read, also on a busy machine.
        std::thread::sleep(Duration::from_millis(500));
    }

    /// Waits until the process has ended.
    pub(crate) async fn ended_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        None
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn terminate(&mut self) -> Option<i32> {
        let signal = xtask_programs::process::Signal::TERM;
        xtask_programs::process::signal(&self.child, signal).unwrap();
        let ended = self.ended_within(Duration::from_secs(15)).await;
        ended.and_then(|status| status.code())
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn is_ok(url: &str) -> bool {
    let answer = reqwest::get(url).await;
    answer.is_ok_and(|answer| answer.status().is_success())
}
