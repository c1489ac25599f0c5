//! What replacing the pepper of many keys does to those who use them: each is used once
//! before, once while its digest moves, and once after the old pepper is gone.
//!
//! On PostgreSQL two nodes get the new pepper one after the other. No answer may be
//! different from what it was.

use crate::{
    bench::Bench,
    dataset::Dataset,
    keys::write_stored,
    load::{
        paced::{self, Answered, Kind},
        template::Template,
    },
    table::{Table, count, figure},
};
use anyhow::{Result, ensure};
use std::{
    path::PathBuf,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use xtask_harness::{
    database,
    server::{self, Server},
};
use xtask_programs::{interruption, process::Signal};

/// How many keys are used in a second, each once in its turn.
const USES: u32 = 2_000;
const CONNECTIONS: u32 = 32;
/// How long a server may take to read its peppers again.
const RELOAD_LIMIT: Duration = Duration::from_secs(20);
/// How long the last digests may take to move after the last use.
const MOVE_LIMIT: Duration = Duration::from_secs(60);
/// The line of the log for peppers that were read.
const READ: &str = "read the pepper again";
const PAUSE: Duration = Duration::from_millis(50);

const COLUMNS: [&str; 6] = [
    "each key is used",
    "p50, ms",
    "p99, ms",
    "p99.9, ms",
    "requests",
    "answered otherwise",
];

/// A server that reads its peppers from a file.
struct Node {
    server: Server,
    file: PathBuf,
}

// === impl Node ===

impl Node {
    /// Gives it other peppers, and waits until it has read them.
    fn give(&self, peppers: &str) -> Result<()> {
        let before = self.lines(READ);
        std::fs::write(&self.file, peppers)?;
        self.server.signal(Signal::HUP)?;
        self.until_logged(READ, before)
    }

    /// Waits until its log has more of these lines.
    fn until_logged(&self, line: &str, before: usize) -> Result<()> {
        let deadline = Instant::now() + RELOAD_LIMIT;
        while self.lines(line) <= before {
            let log = self.server.log();
            ensure!(Instant::now() < deadline, "no line \"{line}\": {log}");
            interruption::check()?;
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    fn lines(&self, line: &str) -> usize {
        self.server.log().matches(line).count()
    }
}

pub(crate) fn run(bench: &Bench) -> Result<()> {
    let dataset = Dataset::create(bench, bench.scale.keys[1], "inference")?;
    let nodes = match dataset.database.kind() {
        database::Kind::Sqlite => 1,
        database::Kind::Postgres => 2,
    };
    let folder = dataset.database.folder();
    let nodes: Vec<Node> = (0..nodes)
        .map(|number| start(bench, &dataset, folder.join(format!("peppers-{number}"))))
        .collect::<Result<_>>()?;
    let (old, new) = (server::pepper(), "77".repeat(32));

    use_each(&nodes, dataset.keys)?;
    let before = use_each(&nodes, dataset.keys)?;
    for node in &nodes {
        node.give(&format!("{new},{old}"))?;
    }
    // The last one makes it the newest, and the others learn of it.
    for node in &nodes[..nodes.len() - 1] {
        node.until_logged("another pepper is the newest", 0)?;
    }
    let rotated = Instant::now();
    let during = use_each(&nodes, dataset.keys)?;
    let used = Instant::now();
    let left = until_moved(bench, &dataset, &id_of(&new)?)?;
    let (moved_after, waited) = (rotated.elapsed(), used.elapsed());
    for node in &nodes {
        node.give(&new)?;
    }
    let after = use_each(&nodes, dataset.keys)?;

    let subject = format!(
        "{} keys, used {} times a second through {} while the pepper is replaced,",
        count(dataset.keys),
        count(u64::from(USES)),
        if nodes.len() == 1 {
            "a server"
        } else {
            "two nodes"
        }
    );
    let mut table = Table::with_columns(bench, &subject, &COLUMNS.map(str::to_owned));
    let rows = [
        ("under the old pepper", &before),
        ("while its digest moves", &during),
        ("without the old pepper", &after),
    ];
    for (what, answered) in rows {
        table.cells(answered.cells(what));
    }
    table.print()?;
    println!(
        "{left} digests are under the old pepper {} s after the rotation, {} s after the last \
         use\n",
        figure(moved_after.as_secs_f64()),
        figure(waited.as_secs_f64())
    );
    for (what, answered) in rows {
        ensure!(
            answered.failures.is_empty(),
            "{what}: {:?}",
            answered.failures
        );
    }
    Ok(())
}

fn start(bench: &Bench, dataset: &Dataset, file: PathBuf) -> Result<Node> {
    std::fs::write(&file, server::pepper())?;
    let server = bench.serve_with_pepper_in(&dataset.database, &file)?;
    Ok(Node { server, file })
}

/// Uses each key once, through the nodes in turns.
fn use_each(nodes: &[Node], keys: u64) -> Result<Answered> {
    let share = keys / nodes.len() as u64;
    let kinds: Vec<Kind> = (0..nodes.len() as u64)
        .map(|place| Kind {
            to: nodes[place as usize].server.address(),
            request: Template::get("/auth/verify?scope=inference"),
            fill_slot: Arc::new(move |number, key: &mut [u8]| {
                write_stored(place * share + number % share, key);
            }),
            first: 0,
            per_second: USES / nodes.len() as u32,
            connections: CONNECTIONS / nodes.len() as u32,
            status: 200,
        })
        .collect();
    let running = paced::start(&kinds);
    // A little longer, so that each has its turn.
    thread::sleep(Duration::from_secs(1) * (keys as u32) / USES + Duration::from_secs(1));
    let mut all = Answered::default();
    for answered in running.end() {
        all.append(&answered);
    }
    interruption::check()?;
    Ok(all)
}

/// Waits until no digest is under another pepper than this one. Returns how many are left.
fn until_moved(bench: &Bench, dataset: &Dataset, newest: &str) -> Result<i64> {
    let query =
        format!("SELECT count(*) FROM api_keys WHERE substr(secret_digest, 13, 8) <> '{newest}'");
    let deadline = Instant::now() + MOVE_LIMIT;
    loop {
        let left = dataset
            .numbers(bench, &query)?
            .first()
            .copied()
            .unwrap_or_default();
        if left == 0 || Instant::now() >= deadline {
            return Ok(left);
        }
        interruption::check()?;
        thread::sleep(PAUSE);
    }
}

fn id_of(pepper: &str) -> Result<String> {
    let peppers = apikey_domain::key::digest::Peppers::from_hex(pepper)?;
    Ok(peppers.ids()[0].to_text())
}
