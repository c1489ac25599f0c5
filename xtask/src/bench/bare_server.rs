//! `cargo xtask bare-server`: what actix does on its own, for comparison with
//! the server. It runs as a process of its own, so that its processor time can
//! be told from that of the load.

mod reads;

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use anyhow::{Context, Result};
use clap::Args;

use crate::bench::bare_server::reads::{Reads, Source};

/// What `cargo xtask bare-server` takes.
#[derive(Args)]
pub(crate) struct Options {
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// How many threads answer requests.
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// Read the row of the presented key from this database each time.
    #[arg(long, value_name = "URL")]
    read_from: Option<String>,
}

/// Answers an empty 200 to everything, or to every key that is there, until a
/// signal ends it.
///
/// # Errors
///
/// When it cannot listen or the database's address is none.
pub(crate) fn run(options: &Options) -> Result<()> {
    let source = options.read_from.as_deref().map(Source::of).transpose()?;
    let server = HttpServer::new(move || {
        let source = source.clone();
        App::new().configure(|services| configure(services, source))
    });
    // The server's own settings, as far as they bear on speed.
    let server = server
        .workers(options.workers)
        .client_request_timeout(Duration::from_secs(5))
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(1)
        .bind(options.listen)
        .with_context(|| format!("cannot listen on {}", options.listen))?;
    Ok(actix_web::rt::System::new().block_on(server.run())?)
}

/// Makes what a worker thread answers with.
fn configure(services: &mut ServiceConfig, source: Option<Source>) {
    let Some(source) = source else {
        services.default_service(web::to(async || HttpResponse::Ok()));
        return;
    };
    let reads = Rc::new(source.open());
    services.default_service(web::to(move |request: HttpRequest| {
        let reads = Rc::clone(&reads);
        async move { answer(&reads, &request).await }
    }));
}

/// Reads the row of the presented key; 200 when there is one.
async fn answer(reads: &Result<Reads>, request: &HttpRequest) -> HttpResponse {
    let shown = request.headers().get(AUTHORIZATION);
    let key = shown.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let found = match (reads, key) {
        (Ok(reads), Some(key)) => reads.find(key).await,
        (Ok(_), None) => return HttpResponse::Ok().finish(),
        (Err(error), _) => Err(anyhow::anyhow!("{error:#}")),
    };
    match found {
        Ok(true) => HttpResponse::Ok().finish(),
        Ok(false) => HttpResponse::Unauthorized().finish(),
        Err(error) => HttpResponse::ServiceUnavailable().body(format!("{error:#}")),
    }
}
