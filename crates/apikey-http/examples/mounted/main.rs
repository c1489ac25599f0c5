//! The REST interface below `/keys` of someone's own actix-web app, over SQLite.
//!
//! ```console
//! $ cargo run -p apikey-http --example mounted
//! $ curl -u admin:… --json '{"name": "ci"}' http://127.0.0.1:8080/keys/v2/api-keys
//! ```
//!
//! What the app gets and what it must do itself is in `docs/embedding.md`.

mod adapters;
mod app;

use actix_web::{App, HttpServer, rt};
use std::{error::Error, path::Path, time::Duration};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let keys = app::Keys::open(Path::new("mounted.db")).await?;
    if let Some(password) = keys.first_password().await? {
        println!("signed in as admin with {}", password.expose());
    }
    // What the interface leaves to the app: to store the uses of keys, and to delete the
    // rest of users and organizations who had much.
    let background = keys.background();
    let background = rt::spawn(async move {
        loop {
            rt::time::sleep(Duration::from_secs(5)).await;
            if let Err(error) = background.run().await {
                eprintln!("later: {error}");
            }
        }
    });
    let api = keys.api();
    HttpServer::new(move || App::new().configure(app::routes(api.clone())))
        // The app's own bounds, see docs/embedding.md.
        .workers(2)
        .max_connections(1_000)
        .client_request_timeout(Duration::from_secs(10))
        .bind(("127.0.0.1", 8080))?
        .run()
        .await?;
    background.abort();
    keys.close().await;
    Ok(())
}
