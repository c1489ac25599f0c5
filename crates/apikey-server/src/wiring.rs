//! Which adapter stands behind which port.

use crate::{
    clock::SystemClock, config::Config, data_dir, data_dir::write_private,
    password_hasher::Argon2idHasher, pepper, secrets::SystemSecrets,
};
use anyhow::Context;
use apikey_diesel::{Database, Store};
use apikey_domain::{
    password::PlainPassword, port::Ports, sign_in::SignInGuard, use_case::bootstrap,
};
use std::sync::Arc;

/// How many watchers a server holds at the most.
const WATCHERS: usize = 20_000;
/// The name of the file with the first administrator's password.
const PASSWORD_FILE: &str = "initial_admin_password";

/// Opens the database, up to date, and wires the ports.
///
/// # Errors
///
/// When the pepper or the database cannot be had.
pub async fn wire(config: &Config) -> anyhow::Result<(Ports, Store)> {
    let database = Database::new(&config.database_url)?;
    let applied = database
        .migrate()
        .await
        .with_context(|| format!("cannot migrate {:?}", config.database_url))?;
    for name in applied {
        tracing::info!(%name, "applied a migration");
    }
    let store = database.open(WATCHERS)?;
    let peppers = pepper::find(config, &*store.directory).await?;
    let ports = Ports {
        api_keys: store.api_keys.clone(),
        directory: store.directory.clone(),
        change_feed: store.change_feed.clone(),
        clock: Arc::new(SystemClock),
        secrets: Arc::new(SystemSecrets),
        password_hasher: Arc::new(Argon2idHasher::new()?),
        peppers: Arc::new(peppers),
        key_prefix: config.key_prefix.clone(),
        sign_in_guard: Arc::new(SignInGuard::new(&SystemSecrets)?),
    };
    pepper::check(&ports).await?;
    Ok((ports, store))
}

/// Creates the first administrator of an empty database. A password that was
/// not given is made, and written to a file before the user exists, so that it
/// cannot be lost between the two.
///
/// # Errors
///
/// When the file or the user cannot be written.
pub async fn bootstrap(ports: &Ports, config: &mut Config) -> anyhow::Result<()> {
    if ports.directory.has_users().await? {
        return Ok(());
    }
    // Servers that share the folder take turns, so that the file and the user
    // come from the same one.
    let _turn = data_dir::wait_for_turn(&config.data_dir)?;
    if ports.directory.has_users().await? {
        return Ok(());
    }
    if let Some(password) = config.bootstrap_password.take() {
        if bootstrap::first_administrator(ports, password)
            .await?
            .is_some()
        {
            tracing::info!(
                username = bootstrap::USERNAME,
                "created the first administrator, with the password from APIKEY_BOOTSTRAP_PASSWORD"
            );
        }
        return Ok(());
    }
    let password: PlainPassword = bootstrap::random_password(ports)?;
    let path = config.data_dir.join(PASSWORD_FILE);
    write_private(&path, password.expose())?;
    match bootstrap::first_administrator(ports, password).await? {
        Some(_) => tracing::info!(
            username = bootstrap::USERNAME,
            path = %path.display(),
            "created the first administrator; the password is in the file"
        ),
        // A node with another folder was first: its password counts.
        None => std::fs::remove_file(&path)
            .with_context(|| format!("cannot remove {}", path.display()))?,
    }
    Ok(())
}
