//! Row 4: large answers that are not read, and one that is read slowly.

use crate::{
    memory::MemoryWatch,
    report::Checks,
    target::{Attack, MadeKey, Target, source},
    wire::Wire,
};
use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};
use xtask_harness::{
    request::{Credentials, Request},
    server::ADMIN,
};

/// How many connections ask for large answers and never read.
const CONNECTIONS: usize = 60;

/// How many megabytes they may take altogether: what all large answers may take,
/// and what everything else takes.
const GROWTH_LIMIT: f64 = 64.0 + 30.0;

/// How many megabytes the server may keep when they are gone.
const KEPT_LIMIT: f64 = 30.0;

/// When all of them must have ended.
const ENDED_LIMIT: Duration = Duration::from_secs(45);

/// How long a well-behaved client is observed, how often it asks, and how long it
/// may wait.
const OBSERVED: Duration = Duration::from_secs(8);
const INTERVAL: Duration = Duration::from_millis(100);
const LIMIT_MILLISECONDS: f64 = 1_000.0;

/// How long memory may take to be given back.
const REST: Duration = Duration::from_secs(3);

/// How slowly a slow client reads: so many bytes, then a pause.
const PART: usize = 64 * 1024;
const PAUSE: Duration = Duration::from_millis(25);

/// How many objects are made at a time.
const AT_A_TIME: usize = 16;

/// What is asked for.
pub(crate) const PATHS: [&str; 6] = [
    "/v2/api-keys?perPage=1000",
    "/v2/api-keys?page=-1",
    "/v2/api-keys?perPage=1000&sort_by=name",
    "/v2/organizations?perPage=1000",
    "/v2/events?limit=1000",
    "/v2/api-keys?watch=true",
];

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let target = attack.start().await?;
    let count = attack.extent.large_objects;
    let key = fill(&target, count).await?;
    target.check_whole().await?;
    sleep(REST).await;

    let address = target.address();
    let memory = MemoryWatch::start(target.server.process())?;
    let mut slow = JoinSet::new();
    for path in &PATHS[..2] {
        slow.spawn(read_slowly(address, path, key.value.clone(), count));
    }
    let started = Instant::now();
    let mut stuck = JoinSet::new();
    for number in 0..CONNECTIONS {
        let (from, path) = (source(number), PATHS[number % PATHS.len()]);
        stuck.spawn(ask_and_wait(address, from, path, key.value.clone()));
    }
    let (mut asked, mut slowest, mut failures) = (0, Duration::ZERO, Vec::new());
    let observed = async {
        while started.elapsed() < OBSERVED {
            asked += 1;
            let sent_at = Instant::now();
            if let Err(error) = small_requests(&target, &key).await {
                failures.push(format!("{error:#}"));
            }
            slowest = slowest.max(sent_at.elapsed());
            sleep(INTERVAL).await;
        }
    };
    memory.unless_beyond(observed).await;
    let limit = ENDED_LIMIT + attack.extent.slack;
    let until_ended = async {
        while started.elapsed() < limit && target.attackers().is_ok_and(|left| left > 0) {
            sleep(INTERVAL).await;
        }
    };
    memory.unless_beyond(until_ended).await;
    let (left, took) = (target.attackers()?, started.elapsed());
    stuck.shutdown().await;
    let mut read = Vec::new();
    while let Some(one) = slow.join_next().await {
        read.push(one?);
    }
    let growth = memory.growth();
    read.push(read_slowly(address, PATHS[0], key.value.clone(), count).await);
    sleep(REST).await;
    let kept = target.megabytes()? - memory.before();

    let mut checks = Checks::default();
    let what = format!("{CONNECTIONS} answers of up to {count} large objects, never read: memory");
    checks.at_most(what, growth, GROWTH_LIMIT, "MB");
    checks.at_most("memory afterwards, above before", kept, KEPT_LIMIT, "MB");
    let ended = format!("{left} left after {:.0} s", took.as_secs_f64());
    let limit = format!("none after {:.0} s", limit.as_secs_f64());
    checks.must("the connections are ended", ended, limit, left == 0);
    checks.none_of("small requests meanwhile that fail", &failures, asked);
    let slowest = slowest.as_secs_f64() * 1e3;
    let is_judged = !attack.extent.is_quick;
    let (what, limit) = ("the slowest three of them", LIMIT_MILLISECONDS);
    checks.at_most_if(is_judged, what, slowest, limit, "ms");
    let pages = ["a page read slowly", "another", "one afterwards"];
    for (what, result) in pages.iter().zip(&read) {
        checks.right(*what, result);
    }
    Ok(checks)
}

/// Makes keys and organizations as large as they may be, and returns a key of the
/// first administrator, whose keys they are.
pub(crate) async fn fill(target: &Target, count: usize) -> Result<MadeKey> {
    let key = json!({"name": "reader", "scope": ["management"]});
    let key = target.make_key(ADMIN, None, &key).await?;
    let by = Credentials::Key(&key.value);
    let models: Vec<_> = (0..64).map(|model| format!("{model:0>255}")).collect();
    // Half of it is escaped.
    let description = "a\"".repeat(2_048);
    let made = (0..count).map(|number| {
        let (name, slug) = (format!("large-{number}"), format!("slug-{number}"));
        let json = json!({
            "name": name, "scope": ["inference"], "description": description,
            "allowed_model_names": models,
        });
        let json_of_organization = json!({"name": name, "slug": slug, "description": description});
        async move {
            let made = Request::post("/v2/api-keys", &json).by(by);
            target.ask(&made).await?;
            let made = Request::post("/v2/organizations", &json_of_organization).by(by);
            target.ask(&made).await.map(drop)
        }
    });
    let made = stream::iter(made).buffer_unordered(AT_A_TIME);
    made.try_collect::<()>().await?;
    Ok(key)
}

/// Asks for something, never reads the answer, and waits for the end of the
/// connection.
pub(crate) async fn ask_and_wait(to: SocketAddr, from: Ipv4Addr, path: &'static str, key: String) {
    if let Ok(mut wire) = Wire::open_narrow(to, from).await {
        // Whatever comes of this, the connection is held until it is ended.
        let _ = wire.send(request(path, &key)).await;
        wire.ended().await;
    }
}

/// Reads a page slowly, which must hold all keys.
async fn read_slowly(to: SocketAddr, path: &'static str, key: String, count: usize) -> Result<()> {
    let mut wire = Wire::open(to, Ipv4Addr::LOCALHOST).await?;
    wire.send(request(path, &key)).await?;
    let answer = wire.answer_slowly(PART, PAUSE).await?;
    ensure!(answer.status == 200, "{path} is answered {}", answer.status);
    let page: Value = serde_json::from_slice(&answer.body).context("a page is no JSON")?;
    let items = page["items"].as_array().context("a page without items")?;
    let expected = (count + 1).min(1_000);
    ensure!(
        items.len() >= expected,
        "{} of {expected} keys",
        items.len()
    );
    Ok(())
}

async fn small_requests(target: &Target, key: &MadeKey) -> Result<()> {
    let verified = target.verify(&key.value).await?;
    // A key that may not infer is known and refused.
    ensure!(verified == 403, "a known key is answered {verified}");
    let by = Credentials::Key(&key.value);
    target.ask(&Request::get("/v2/users/me").by(by)).await?;
    let one = Request::new(Method::GET, "/v2/api-keys?perPage=1").by(by);
    target.ask(&one).await.map(drop)
}

fn request(path: &str, key: &str) -> String {
    // What is refused for want of memory ends, too.
    let request = Request::get(path).header("connection", "close");
    request.by(Credentials::Key(key)).to_http()
}
