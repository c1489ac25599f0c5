//! Chromium, which takes orders through a pair of pipes: the DevTools protocol, without a
//! port, a driver or a socket.

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    fs::File,
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use xtask_programs::interruption;

/// How long an order may take.
const LIMIT: Duration = Duration::from_secs(30);

/// How often a wait looks whether it was interrupted.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Chromium reads orders from descriptor 3 and answers on descriptor 4.
const SCRIPT: &str = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null";

const ARGUMENTS: [&str; 10] = [
    "--remote-debugging-pipe",
    "--headless=new",
    // In a container there is often no user to whom its sandbox could give less.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-component-update",
    "--no-first-run",
    "--no-proxy-server",
    "--lang=en-US",
    "--window-size=1440,900",
];

/// A running browser with a profile of its own; both are gone when it is dropped.
pub(crate) struct Chromium {
    child: Child,
    orders: ChildStdin,
    words: Receiver<Value>,
    last_id: u64,
    events: VecDeque<Value>,
    _profile: TempDir,
}

// === impl Chromium ===

impl Chromium {
    /// Starts the browser, whose complaints go to a file.
    pub(crate) fn start(program: &Path, log: &Path) -> Result<Self> {
        let profile = tempfile::Builder::new().prefix("apikey-").tempdir()?;
        let mut command = Command::new("sh");
        command
            .args(["-c", SCRIPT])
            .arg(program)
            .args(ARGUMENTS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .env("HOME", profile.path())
            .env("TMPDIR", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(log)?)
            .process_group(0);
        let mut child = command.spawn().context("cannot start the browser")?;
        let orders = child.stdin.take().context("the browser takes no orders")?;
        let answers = child
            .stdout
            .take()
            .context("the browser gives no answers")?;
        let (sender, words) = channel();
        thread::spawn(move || hear(answers, &sender));
        Ok(Self {
            child,
            orders,
            words,
            last_id: 0,
            events: VecDeque::new(),
            _profile: profile,
        })
    }

    /// Gives an order, to the browser itself or to a page, and returns the answer.
    pub(crate) fn order(
        &mut self,
        page: Option<&str>,
        method: &str,
        parameters: Value,
    ) -> Result<Value> {
        self.last_id += 1;
        let mut order = json!({"id": self.last_id, "method": method, "params": parameters});
        if let Some(page) = page {
            order["sessionId"] = page.into();
        }
        let mut text = order.to_string();
        text.push('\0');
        self.orders
            .write_all(text.as_bytes())
            .context("the browser is gone")?;
        let deadline = Instant::now() + LIMIT;
        loop {
            let Some(word) = self.hear_until(deadline)? else {
                bail!("the browser does not answer {method}");
            };
            if word["id"] != self.last_id {
                self.events.push_back(word);
            } else if let Some(error) = word.get("error") {
                bail!("{method}: {error}");
            } else {
                return Ok(word["result"].clone());
            }
        }
    }

    /// Returns what happened since it was last asked.
    pub(crate) fn events(&mut self) -> Vec<Value> {
        self.events.extend(self.words.try_iter());
        self.events.drain(..).collect()
    }

    fn hear_until(&self, deadline: Instant) -> Result<Option<Value>> {
        loop {
            interruption::check()?;
            match self.words.recv_timeout(POLL_INTERVAL) {
                Ok(word) => return Ok(Some(word)),
                Err(RecvTimeoutError::Disconnected) => bail!("the browser is gone"),
                Err(RecvTimeoutError::Timeout) if Instant::now() > deadline => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is what is wanted.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}

/// Passes on what the browser says, until it is gone.
fn hear(answers: ChildStdout, sender: &Sender<Value>) {
    let mut answers = BufReader::new(answers);
    let mut text = Vec::new();
    while answers
        .read_until(0, &mut text)
        .is_ok_and(|count| count > 0)
    {
        text.pop();
        let Ok(word) = serde_json::from_slice(&text) else {
            return;
        };
        if sender.send(word).is_err() {
            return;
        }
        text.clear();
    }
}
