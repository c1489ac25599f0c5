//! The first uses of many imported keys at once, whose digests take long to compute, and
//! what they do to those whose keys are verified meanwhile.
//!
//! All of it is on the same two cores. Everyone else is observed in turns, alone and beside
//! first uses.

use crate::{
    bench::Bench,
    dataset::{Dataset, mixture::Tenants},
    keys::{imported_secret, write_imported, write_stored},
    load::{
        paced::{self, Answered, Kind},
        template::Template,
        visitor::{FillNumbered, Visitor},
    },
    table::{Table, count, figure},
};
use anyhow::{Result, anyhow, ensure};
use apikey_domain::key::digest::{ForeignDigest, SlowDigest};
use argon2::{Argon2, Params};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use std::{net::SocketAddr, sync::Arc, thread, time::Duration};
use xtask_programs::interruption;

/// How many keys everyone else uses, and how often.
const HOT_KEYS: u64 = 1_000;
const HOT_RATE: u32 = 500;
/// How many connections they have.
const HOT_CONNECTIONS: u32 = 16;

/// How many keys are used for the first time in a second.
const FIRST_USES: u32 = 50;
/// So many wait at once without any of them being sent late.
const FIRST_CONNECTIONS: u32 = 320;

/// A turn is so many times as long as others: five of them last a minute.
const LONGER_TURNS: u32 = 3;

/// How many times what it is undisturbed the p99 of everyone else may be.
const AIM: f64 = 3.0;

const LIMIT: Duration = Duration::from_secs(10);
const VERIFY: &str = "/auth/verify?scope=inference";

const COLUMNS: [&str; 6] = [
    "what",
    "p50, ms",
    "p99, ms",
    "p99.9, ms",
    "requests",
    "answered otherwise",
];

pub(crate) fn run(bench: &Bench) -> Result<()> {
    let imported = bench.scale.keys[1];
    let tenants = [(10, HOT_KEYS), (imported.div_ceil(100), imported)];
    let tenants = tenants.map(|(users, keys)| Tenants { users, keys });
    let dataset = Dataset::of_tenants(bench, &tenants, "inference")?;
    // All of them have one secret, and access keys of their own.
    let digest = argon2id(&imported_secret())?;
    let import = format!("UPDATE api_keys SET secret_digest = '{digest}' WHERE user_id > 10");
    dataset.execute(bench, &import)?;
    let server = bench.serve(&dataset.database, &[])?;
    let to = server.address();
    warm_up(to)?;

    let others = kind(to, HOT_RATE, HOT_CONNECTIONS, |number, key| {
        write_stored(number % HOT_KEYS, key);
    });
    let mut first_uses = kind(to, FIRST_USES, FIRST_CONNECTIONS, |number, key| {
        write_imported(HOT_KEYS + number, key);
    });
    let turn = bench.scale.turn * LONGER_TURNS;
    let [mut alone, mut beside, mut first] = [(); 3].map(|()| Answered::default());
    for _ in 0..bench.scale.rounds {
        let [answered] = observe([&others], turn)?;
        alone.append(&answered);
        let [answered, of_first] = observe([&others, &first_uses], turn)?;
        beside.append(&answered);
        first.append(&of_first);
        // No key is used for the first time twice.
        first_uses.first += of_first.latencies.count();
    }

    let renewed = "SELECT count(*) FROM api_keys WHERE user_id > 10 \
                   AND secret_digest LIKE 'hmac-sha256$%'";
    let renewed = dataset.numbers(bench, renewed)?;
    let subject = format!(
        "{} imported keys of argon2id, {FIRST_USES} of them used for the first time a second \
         for {} s,",
        count(imported),
        (turn * bench.scale.rounds as u32).as_secs()
    );
    let mut table = Table::with_columns(bench, &subject, &COLUMNS.map(str::to_owned));
    let rows = [
        ("others, undisturbed", &alone),
        ("others, beside first uses", &beside),
        ("first uses", &first),
    ];
    for (what, answered) in rows {
        table.cells(answered.cells(what));
    }
    table.print()?;
    println!("{}", verdict(&alone, &beside));
    let verified = first.latencies.count() - first.failures.values().sum::<u64>();
    println!(
        "{} first uses were answered 200, {} digests are ours now\n",
        count(verified),
        renewed.first().copied().unwrap_or_default()
    );
    Ok(())
}

/// Returns a digest with the parameters of GPUStack.
fn argon2id(secret: &str) -> Result<String> {
    let (salt, mut output) = (b"sixteen bytes of", [0; 32]);
    let params =
        Params::new(65_536, 3, 4, Some(output.len())).map_err(|error| anyhow!("{error}"))?;
    let hasher = Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    hasher
        .hash_password_into(secret.as_bytes(), salt, &mut output)
        .map_err(|error| anyhow!("{error}"))?;
    let [salt, output] = [&salt[..], &output[..]].map(|bytes| STANDARD_NO_PAD.encode(bytes));
    let text = format!("$argon2id$v=19$m=65536,t=3,p=4${salt}${output}");
    let parsed = ForeignDigest::parse(&text)?;
    ensure!(
        matches!(parsed.slow(), Some(SlowDigest::Argon2id(_))),
        "not argon2id"
    );
    Ok(text)
}

fn kind(
    to: SocketAddr,
    per_second: u32,
    connections: u32,
    fill: impl Fn(u64, &mut [u8]) + Send + Sync + 'static,
) -> Kind {
    let fill_slot: FillNumbered = Arc::new(fill);
    Kind {
        to,
        request: Template::get(VERIFY),
        fill_slot,
        first: 0,
        per_second,
        connections,
        status: 200,
    }
}

/// Verifies each key that everyone else has, so that it is in memory.
fn warm_up(to: SocketAddr) -> Result<()> {
    let mut visitor = Visitor::new(to, Template::get(VERIFY));
    for number in 0..HOT_KEYS {
        write_stored(number, visitor.request.slot());
        let status = visitor.ask_for(LIMIT)?;
        ensure!(status == 200, "a stored key is answered {status}");
    }
    Ok(())
}

/// Sends requests of these kinds for a time, and returns what came of each.
fn observe<const KINDS: usize>(kinds: [&Kind; KINDS], time: Duration) -> Result<[Answered; KINDS]> {
    interruption::check()?;
    let running = paced::start(&kinds.map(Kind::clone));
    thread::sleep(time);
    let answered = running.end();
    interruption::check()?;
    let answered = <[Answered; KINDS]>::try_from(answered);
    answered.map_err(|_| anyhow!("another number of kinds"))
}

/// Compares everyone else's p99 with what it is undisturbed.
fn verdict(alone: &Answered, beside: &Answered) -> String {
    let [alone, beside] = [alone, beside].map(|one| one.latencies.milliseconds_at(99.0));
    let ratio = beside / alone;
    let word = if ratio <= AIM { "met" } else { "MISSED" };
    format!(
        "others' p99 is {} times the undisturbed one: {word}",
        figure(ratio)
    )
}
