//! What actix does on its own, or with the bare read of a key's row: nothing is
//! kept in memory and nothing compared. It runs as a process of its own, so that
//! its processor time can be told from that of the load.

use crate::bare::Connections;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, http::header::AUTHORIZATION, web};
use anyhow::{Context, Result};
use apikey_domain::key::token::{KeyPrefix, PresentedKey};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use std::{net::SocketAddr, rc::Rc, sync::Arc, time::Duration};

/// What a decision needs of a key's row.
type Row = (i64, String, i64, i64, String, String, Option<String>, i64);

/// Answers an empty 200 to everything, or to every key that is there, on one
/// thread until a signal ends it.
pub(crate) fn run(listen: SocketAddr, read_from: Option<&str>) -> Result<()> {
    let source = read_from.map(Connections::open).transpose()?.map(Arc::new);
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
        .bind(listen)
        .with_context(|| format!("cannot listen on {listen}"))?;
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
    let query = by_access_key.select((
        key::id,
        key::name,
        key::user_id,
        key::owner_principal_id,
        key::secret_digest,
        key::scope,
        key::allowed_model_names,
        key::expires_at,
    ));
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
