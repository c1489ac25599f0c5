//! What actix does on its own, or with the bare read of a key's row: nothing is
//! kept in memory and nothing compared. It runs as a process of its own, so that
//! its processor time can be told from that of the load.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::AUTHORIZATION;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use anyhow::{Context, Result};
use apikey_domain::key::token::{KeyPrefix, PresentedKey};
use clap::Parser;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use crate::bare::Connections;

/// The first argument that makes this program a bare server.
pub(crate) const COMMAND: &str = "bare-server";

#[derive(Parser)]
#[command(name = COMMAND)]
struct Options {
    /// Where to listen.
    #[arg(long)]
    listen: SocketAddr,
    /// Read the row of the presented key from this database each time.
    #[arg(long)]
    read_from: Option<String>,
}

/// What a decision needs of a key's row.
type Row = (
    (i64, String, i64, i64),
    String,
    (String, Option<String>, i64),
);

/// Returns the command that starts a bare server. It does nothing, or reads the
/// row of each presented key from a database.
pub(crate) fn command(read_from: Option<&str>) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(COMMAND);
    if let Some(url) = read_from {
        command.args(["--read-from", url]);
    }
    Ok(command)
}

/// Answers an empty 200 to everything, or to every key that is there, on one
/// thread until a signal ends it.
pub(crate) fn run(arguments: impl Iterator<Item = OsString>) -> Result<()> {
    let options = Options::parse_from(arguments);
    let source = options.read_from.as_deref().map(Connections::open);
    let source = source.transpose()?.map(Arc::new);
    let server = HttpServer::new(move || {
        let Some(connections) = source.clone() else {
            return App::new().default_service(web::to(async || HttpResponse::Ok()));
        };
        let source = Rc::new((connections, KeyPrefix::default()));
        App::new().default_service(web::to(move |request: HttpRequest| {
            let source = Rc::clone(&source);
            async move { read(&source.0, &source.1, &request).await }
        }))
    });
    // The server's own settings, as far as they bear on speed.
    let server = server
        .workers(1)
        .client_request_timeout(Duration::from_secs(5))
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(1)
        .bind(options.listen)
        .with_context(|| format!("cannot listen on {}", options.listen))?;
    Ok(actix_web::rt::System::new().block_on(server.run())?)
}

/// Reads the row of the presented key; 200 when there is one, or no key.
async fn read(
    connections: &Connections,
    prefix: &KeyPrefix,
    request: &HttpRequest,
) -> HttpResponse {
    let header = request.headers().get(AUTHORIZATION);
    let key = header.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let Some(key) = key else {
        return HttpResponse::Ok().finish();
    };
    match find(connections, prefix, key).await {
        Ok(true) => HttpResponse::Ok().finish(),
        Ok(false) => HttpResponse::Unauthorized().finish(),
        Err(error) => HttpResponse::ServiceUnavailable().body(format!("{error:#}")),
    }
}

/// Returns whether there is a row for a key. `get_result` and not `first`, which
/// costs twice as much on SQLite.
async fn find(connections: &Connections, prefix: &KeyPrefix, presented: &str) -> Result<bool> {
    use crate::bare::api_keys::dsl as key;
    let presented = PresentedKey::parse(prefix, presented);
    let by_access_key = key::api_keys.filter(key::access_key.eq(presented.access_key()));
    let identity = (key::id, key::name, key::user_id, key::owner_principal_id);
    let rights = (key::scope, key::allowed_model_names, key::expires_at);
    let query = by_access_key.select((identity, key::secret_digest, rights));
    let row: Option<Row> = match connections {
        Connections::One(connection) => {
            let mut connection = connection.lock().await;
            diesel::RunQueryDsl::get_result(query, &mut *connection).optional()?
        }
        Connections::Pool(pool) => {
            let mut connection = pool.get().await?;
            let row = diesel_async::RunQueryDsl::get_result(query, &mut connection).await;
            row.optional()?
        }
    };
    Ok(row.is_some())
}
