//! Row 3: databases in an encoding that cannot hold every name.

use crate::{
    report::Checks,
    target::{Attack, Target, command},
};
use anyhow::{Context, Result};
use serde_json::json;
use xtask_harness::{
    database::{Database, run_on_postgres},
    request::Request,
    server::{ADMIN, Server, free_address},
};

const ENCODINGS: [&str; 2] = ["LATIN1", "SQL_ASCII"];

/// What the refusal must name.
const RIGHT: &str = "UTF8";

/// What is said of a server that starts: what becomes of such a name.
const JAPANESE: &str = "鍵";

pub(crate) async fn run(attack: &Attack) -> Result<Checks> {
    let mut checks = Checks::default();
    for encoding in ENCODINGS {
        let database = attack.engine.create().await?;
        let url = create(&database, encoding).await?;
        let what = format!("start on a database in {encoding}");
        let mut command = command(&attack.program, &database);
        command.env("APIKEY_DATABASE_URL", url);
        let log = database.folder().join("log");
        let mut server = Server::spawn(command, free_address()?, log)?;
        let has_started = server.until_ready().await.is_ok();
        let (seen, is_right) = if has_started {
            let target = Target::ready(server, database).await?;
            let request = Request::post("/v2/api-keys", &json!({"name": JAPANESE})).by(ADMIN);
            let status = target.send(&request).await?.status;
            (format!("starts; a Japanese name is {status}"), false)
        } else {
            let log = server.log();
            let names = log.contains(RIGHT);
            let code = server.exit_status()?.and_then(|status| status.code());
            let code_shown = code.map_or_else(|| "none".to_owned(), |code| code.to_string());
            let says = if names { "says" } else { "does not say" };
            let seen = format!("exit code {code_shown}, {says} {RIGHT}");
            (seen, names && code.is_some_and(|code| code != 0))
        };
        let limit = format!("refused, and says {RIGHT}");
        checks.must(what, seen, limit, is_right);
    }
    Ok(checks)
}

/// Creates a database in an encoding on the server of another, and returns its URL.
async fn create(beside: &Database, encoding: &str) -> Result<String> {
    let (server, name) = beside
        .url()
        .rsplit_once('/')
        .context("a URL without a database")?;
    let name = format!("{name}_{}", encoding.to_lowercase());
    let create = format!(
        "CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    );
    // Where databases have a provider of their collation, that of this server may
    // not know the encoding; where they have none, it cannot be named.
    let with_provider = format!("{create} LOCALE_PROVIDER libc");
    if run_on_postgres(beside.url(), &[with_provider])
        .await
        .is_err()
    {
        run_on_postgres(beside.url(), &[create]).await?;
    }
    Ok(format!("{server}/{name}"))
}
