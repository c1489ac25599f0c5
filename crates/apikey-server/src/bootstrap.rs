//! Creates the first administrator.

use crate::{
    config::Config,
    data_dir::{self, write_private},
};
use anyhow::Context;
use apikey_domain::{
    identity::password::PlainPassword,
    use_case::{operation::bootstrap, ports::IdentityPorts},
};

/// The name of the file with the initial administrator's password.
pub(crate) const PASSWORD_FILE: &str = "initial_admin_password";

/// Creates the first administrator in an empty database. If no password is
/// configured, one is generated, and written to a file before the user exists, so
/// that it cannot be lost in between.
///
/// # Errors
///
/// If the file or the user cannot be written.
pub async fn create_first_administrator(
    ports: &IdentityPorts,
    config: &mut Config,
) -> anyhow::Result<()> {
    if ports.directory.has_users().await? {
        return Ok(());
    }
    // Servers that share the directory bootstrap one at a time, so that the file and
    // the user come from the same one.
    let _lock = data_dir::lock_bootstrap(&config.database.data_dir)?;
    if ports.directory.has_users().await? {
        return Ok(());
    }
    if let Some(given) = config.bootstrap_password.take() {
        let created = bootstrap::first_administrator(ports, given.password).await?;
        if created.is_some() {
            tracing::info!(
                username = bootstrap::USERNAME,
                "created the first administrator, with the password from {}",
                given.setting
            );
        }
        return Ok(());
    }
    let password: PlainPassword = bootstrap::random_password(ports)?;
    let path = config.database.data_dir.join(PASSWORD_FILE);
    write_private(&path, password.expose())?;
    match bootstrap::first_administrator(ports, password).await? {
        Some(_) => tracing::info!(
            username = bootstrap::USERNAME,
            path = %path.display(),
            "created the first administrator; the password is in the file"
        ),
        // A node with another directory was first: its password is the valid one.
        None => std::fs::remove_file(&path)
            .with_context(|| format!("cannot remove {}", path.display()))?,
    }
    Ok(())
}
