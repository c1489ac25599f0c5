//! What the server is compared with: a handler that does nothing, in a process of
//! its own, made of the same crates.

use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::{Context, Result};
use std::{net::SocketAddr, time::Duration};

/// Answers an empty 200 to everything until a signal ends it.
pub(crate) fn run(listen: SocketAddr) -> Result<()> {
    let server =
        HttpServer::new(|| App::new().default_service(web::to(async || HttpResponse::Ok())));
    // The server's own settings, as far as they bear on speed.
    let server = server
        .client_request_timeout(Duration::from_secs(5))
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(1)
        .bind(listen)
        .with_context(|| format!("cannot listen on {listen}"))?;
    Ok(actix_web::rt::System::new().block_on(server.run())?)
}
