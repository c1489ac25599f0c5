//! Row 5: a server whose log cannot be written.

use crate::{
    report::Checks,
    target::{Attack, MadeKey, Target, command},
};
use anyhow::{Context, Result, bail, ensure};
use futures_util::{StreamExt, TryStreamExt, future::join_all, stream};
use serde_json::json;
use std::{
    fs::File,
    io::PipeReader,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};
use xtask_harness::{
    database::Kind,
    proxy::{Passage, Proxy},
    request::Request,
    server::{ADMIN, Server, free_address},
};

/// How many errors are provoked: their lines fill a pipe.
const ERRORS: usize = 800;

/// How many requests that provoke them are under way at a time.
const AT_A_TIME: usize = 16;

/// How long provoking them may take.
const PROVOKE_LIMIT: Duration = Duration::from_secs(60);

/// How long the uses of keys cannot be stored: longer than from one write of
/// them to the next.
const USES_REFUSED: Duration = Duration::from_secs(7);

/// How long the database is away, and how soon that must show.
const DATABASE_AWAY: Duration = Duration::from_secs(4);
const SHOWN_AFTER: Duration = Duration::from_secs(2);

/// How long the server may take to recover.
const RECOVERY_LIMIT: Duration = Duration::from_secs(15);
const INTERVAL: Duration = Duration::from_millis(250);

/// What a standard error leads to, and what opens it, with the end of a pipe that
/// must stay open.
type Stderr = (&'static str, fn() -> Result<(Stdio, Option<PipeReader>)>);

const STDERRS: [Stderr; 4] = [
    // It takes all: this shows that the rest is right.
    ("thrown away", || device("/dev/null")),
    ("a full device", || device("/dev/full")),
    ("a closed pipe", || {
        let (_, writer) = std::io::pipe()?;
        Ok((writer.into(), None))
    }),
    ("a pipe that nobody reads", || {
        let (reader, writer) = std::io::pipe()?;
        Ok((writer.into(), Some(reader)))
    }),
];

fn device(path: &str) -> Result<(Stdio, Option<PipeReader>)> {
    Ok((File::options().write(true).open(path)?.into(), None))
}

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let tried = STDERRS.map(|stderr| try_one(attack, stderr));
    let mut checks = Checks::default();
    for ((name, _), result) in STDERRS.iter().zip(join_all(tried).await) {
        checks.right(format!("errors while standard error is {name}"), &result);
    }
    Ok(checks)
}

async fn try_one(attack: &Attack, (_, open): Stderr) -> Result<()> {
    let database = attack.engine.create().await?;
    let mut command = command(&attack.program, &database);
    let mut proxy = None;
    if attack.engine.kind() == Kind::Postgres {
        let (way, url) = Proxy::before(database.url()).await?;
        command.env("APIKEY_DATABASE_URL", url);
        proxy = Some(way);
    }
    let (stdio, _unread) = open()?;
    let address = free_address()?;
    command.env("APIKEY_LOG", "debug");
    command.args(["--listen", &address.to_string()]);
    let log = database.folder().join("log");
    let server = Server::launch_with_stderr(command, address, log, stdio)?;
    let mut target = Target::ready(server, database).await?;

    let key = target
        .make_key(ADMIN, None, &json!({"name": "used"}))
        .await?;
    let provoked = timeout(PROVOKE_LIMIT, provoke(&target, &key)).await;
    provoked.context("errors are not answered in time")??;
    if let Some(proxy) = &proxy {
        lose_database(&target, proxy).await?;
    }
    ensure!(target.server.is_running()?, "the server has ended");
    until("all is right again", || target.check_whole()).await?;
    until("the lease is held", || lease_is_held(&target)).await?;
    until("uses of keys are stored", || use_is_stored(&target, &key)).await
}

/// Makes requests fail for a row that cannot be read, and the writer of uses for a
/// table that takes none. Both are mended.
async fn provoke(target: &Target, key: &MadeKey) -> Result<()> {
    let damaged = target
        .make_key(ADMIN, None, &json!({"name": "damaged"}))
        .await?;
    let run = async |statement: String| target.database.run_all(&[statement]).await;
    run(format!(
        "UPDATE api_keys SET scope = 'no scope' WHERE id = {}",
        damaged.id
    ))
    .await?;
    let (refuse_uses, take_uses) = uses_statements(target.database.kind());
    run(refuse_uses.to_owned()).await?;
    let refused_at = Instant::now();
    let verified = target.verify(&key.value).await?;
    ensure!(verified == 200, "a key is answered {verified}");
    let failing = (0..ERRORS).map(|_| async {
        let answer = target.send(&Request::get("/v2/api-keys").by(ADMIN)).await?;
        let status = answer.status;
        ensure!(
            status >= 500,
            "a row that cannot be read is answered {status}"
        );
        Ok(())
    });
    let failing = stream::iter(failing).buffer_unordered(AT_A_TIME);
    failing.try_collect::<()>().await?;
    sleep(USES_REFUSED.saturating_sub(refused_at.elapsed())).await;
    run(take_uses.to_owned()).await?;
    run(format!("DELETE FROM api_keys WHERE id = {}", damaged.id)).await
}

/// Returns statements after which no use of a key is stored, and each is again.
fn uses_statements(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Sqlite => (
            "CREATE TRIGGER no_uses BEFORE UPDATE ON api_key_uses
             BEGIN SELECT RAISE(ABORT, 'no uses'); END",
            "DROP TRIGGER no_uses",
        ),
        Kind::Postgres => (
            "ALTER TABLE api_key_uses ADD CONSTRAINT no_uses
                 CHECK (last_used_at IS NULL) NOT VALID",
            "ALTER TABLE api_key_uses DROP CONSTRAINT no_uses",
        ),
    }
}

/// Cuts the way to the database for a while, which `/readyz` must say.
async fn lose_database(target: &Target, proxy: &Proxy) -> Result<()> {
    proxy.set(Passage::Refused);
    sleep(SHOWN_AFTER).await;
    let ready = target.send(&Request::get("/readyz")).await;
    sleep(DATABASE_AWAY - SHOWN_AFTER).await;
    proxy.set(Passage::Open);
    let status = ready?.status;
    ensure!(
        status == 503,
        "/readyz is answered {status} without a database"
    );
    Ok(())
}

/// Waits until something is so.
async fn until<F: Future<Output = Result<()>>>(
    what: &str,
    mut check: impl FnMut() -> F,
) -> Result<()> {
    let started = Instant::now();
    loop {
        match check().await {
            Ok(()) => return Ok(()),
            Err(error) if started.elapsed() > RECOVERY_LIMIT => {
                return Err(error.context(format!("not so: {what}")));
            }
            Err(_) => sleep(INTERVAL).await,
        }
    }
}

async fn lease_is_held(target: &Target) -> Result<()> {
    let metrics = target.send(&Request::get("/metrics").by(ADMIN)).await?;
    let is_held = metrics.body.contains("apikey_lease_held 1");
    ensure!(is_held, "apikey_lease_held is not 1");
    Ok(())
}

async fn use_is_stored(target: &Target, key: &MadeKey) -> Result<()> {
    target.verify(&key.value).await?;
    let listed = target.read("/v2/api-keys?search=used").await?;
    if listed["items"][0]["last_used_at"].is_string() {
        return Ok(());
    }
    bail!("a key that was used shows no use")
}
