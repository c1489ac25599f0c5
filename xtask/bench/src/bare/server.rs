//! What actix does on its own. It runs as a process of its own, so that its
//! processor time can be told from that of the load.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use actix_web::http::header::AUTHORIZATION;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use anyhow::{Context, Result};
use clap::Parser;

use crate::bare::reads::Reads;

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
    let url = options.read_from;
    let server = HttpServer::new(move || {
        let Some(url) = &url else {
            return App::new().default_service(web::to(async || HttpResponse::Ok()));
        };
        let reads = Rc::new(Reads::open(url));
        App::new().default_service(web::to(move |request: HttpRequest| {
            let reads = Rc::clone(&reads);
            async move { read(&reads, &request).await }
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

/// Reads the row of the presented key; 200 when there is one.
async fn read(reads: &Result<Reads>, request: &HttpRequest) -> HttpResponse {
    let header = request.headers().get(AUTHORIZATION);
    let key = header.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let found = match (reads, key) {
        (Ok(reads), Some(key)) => reads.find(key).await,
        (Ok(_), None) => Ok(true),
        (Err(error), _) => Err(anyhow::anyhow!("{error:#}")),
    };
    match found {
        Ok(true) => HttpResponse::Ok().finish(),
        Ok(false) => HttpResponse::Unauthorized().finish(),
        Err(error) => HttpResponse::ServiceUnavailable().body(format!("{error:#}")),
    }
}
