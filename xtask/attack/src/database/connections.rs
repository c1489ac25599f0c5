//! Row 2: a database that gives fewer connections than a server would like.

use super::timed::{Timed, shown};
use crate::{
    report::Checks,
    target::{Attack, Target, command},
};
use anyhow::{Context, Result, anyhow};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;
use xtask_harness::{
    request::{Credentials, Request},
    server::ADMIN,
};

/// How many connections there are, fewer than a server would have, and hardly any.
const FEW: u32 = 12;
const HARDLY_ANY: u32 = 3;

/// How many requests of each of three kinds are sent at once.
const OF_EACH_KIND: usize = 240;

/// How long an answer may take: longer than a request waits for a connection.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let mut checks = Checks::default();
    let target = start(attack, FEW).await?;
    let wrong = all_at_once(&target).await?;
    let what = format!("many at once with {FEW} connections: answered otherwise than with many");
    checks.none_of(what, &wrong, 3 * OF_EACH_KIND);

    match start(attack, HARDLY_ANY).await {
        Ok(target) => check_hardly_any(&target, &mut checks).await,
        Err(error) => {
            // The last line of the log is why.
            let log = format!("{error:#}");
            let why = log.lines().last().unwrap_or_default().to_owned();
            let what = format!("start with {HARDLY_ANY} connections");
            checks.right(what, &Err(anyhow!(why)));
        }
    }
    Ok(checks)
}

/// Starts a server that may have so many connections.
async fn start(attack: &Attack, limit: u32) -> Result<Target> {
    let database = attack.engine.create().await?;
    let (_, address) = database
        .url()
        .split_once('@')
        .context("a URL without a user")?;
    let (_, name) = address
        .split_once('/')
        .context("a URL without a database")?;
    // No limit holds for a superuser.
    let role = format!("{name}_{limit}");
    let url = format!("postgres://{role}@{address}");
    let statements = [
        format!("CREATE ROLE {role} LOGIN CONNECTION LIMIT {limit}"),
        format!("ALTER DATABASE {name} OWNER TO {role}"),
    ];
    database.run_all(&statements).await?;
    let mut command = command(&attack.program, &database);
    command.env("APIKEY_DATABASE_URL", url);
    attack.start_with(database, command).await
}

/// Sends creations, lists and verifications of keys that are not in memory, and
/// returns those that were not answered as they would be with enough connections.
async fn all_at_once(target: &Target) -> Result<Vec<String>> {
    let json = json!({"name": "manager", "scope": ["management"]});
    let manager = target.make_key(ADMIN, None, &json).await?;
    let manager = Credentials::Key(&manager.value);
    let kind = |name: &'static str, right: u16, request: Request| async move {
        let timed = Timed::send(target, &request, PATIENCE).await;
        (!timed.is(right)).then(|| format!("{name} {timed}"))
    };
    let sent = (0..OF_EACH_KIND).flat_map(|number| {
        let json = json!({"name": format!("new {number}")});
        let unknown = format!("gpustack_{number:016x}_{number:032x}");
        [
            kind(
                "create",
                200,
                Request::post("/v2/api-keys", &json).by(manager),
            ),
            kind(
                "list",
                200,
                Request::get("/v2/api-keys?perPage=10").by(manager),
            ),
            kind(
                "verify",
                401,
                Request::get("/auth/verify").by(Credentials::Key(&unknown)),
            ),
        ]
    });
    Ok(join_all(sent).await.into_iter().flatten().collect())
}

/// Adds whether a server writes and verifies, and whether `/readyz` says the same.
async fn check_hardly_any(target: &Target, checks: &mut Checks) {
    let done = target.check_whole().await;
    let what = format!("create, verify and delete with {HARDLY_ANY} connections");
    checks.right(what, &done);

    let json = json!({"name": "true or not"});
    let create = Request::new(Method::POST, "/v2/api-keys")
        .by(ADMIN)
        .json(&json);
    let created = Timed::send(target, &create, PATIENCE).await;
    let ready = Timed::send(target, &Request::get("/readyz"), PATIENCE).await;
    let (created, ready) = (created.status, ready.status);
    let seen = format!("/readyz {}, create {}", shown(ready), shown(created));
    let what = format!("readiness and a create with {HARDLY_ANY} connections");
    checks.must(what, seen, "both the same", created == ready);
}
