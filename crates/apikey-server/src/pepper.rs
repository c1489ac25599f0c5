//! Finds and creates peppers, and replaces them while the server runs.

pub mod give_up;
mod node_peppers;
pub mod origin;
pub mod renewals;
pub mod rotate;
pub mod show;

use crate::{
    config::{Config, PEPPER_FILE, PepperSource},
    data_dir::{self, write_private},
};
use anyhow::bail;
use apikey_diesel::DatabaseUrl;
use apikey_domain::{
    key::digest::Peppers,
    port::{
        api_key_repository::ApiKeyRepository, directory::Directory,
        pepper_registry::PepperRegistry, secret_source::SecretSource,
    },
    system::SystemSecrets,
    use_case::operation::newest_pepper::newest_pepper,
};
pub(crate) use node_peppers::texts;
pub use node_peppers::{MOST_COUNTED, NodePeppers};
use std::{fmt::Write, path::Path};
use zeroize::Zeroizing;

/// Returns the peppers. On SQLite the first start creates one.
///
/// # Errors
///
/// If the file cannot be read or contains no pepper, or if it is missing although
/// the database is in use: with a new pepper every key would be refused.
pub async fn find(config: &Config, directory: &dyn Directory) -> anyhow::Result<Peppers> {
    if let PepperSource::Given(hex) | PepperSource::File(_, hex) = &config.pepper {
        return Ok(Peppers::from_hex(hex)?);
    }
    prepare(config, directory).await?;
    let path = config.database.data_dir.join(PEPPER_FILE);
    if !path.exists() {
        bail!(
            "{} is missing, but the database {:?} is in use: every key in it was made with \
             that pepper; restore the file, or set APIKEY_PEPPER or APIKEY_PEPPER_FILE",
            path.display(),
            config.database_url
        );
    }
    origin::read(&path)
}

/// Returns the peppers that are there, and where; `None` if there are none. None is made.
///
/// # Errors
///
/// If the file cannot be read or contains no pepper.
pub fn existing(config: &Config) -> anyhow::Result<Option<(Peppers, String)>> {
    Ok(match &config.pepper {
        PepperSource::Given(hex) => Some((Peppers::from_hex(hex)?, "APIKEY_PEPPER".to_owned())),
        PepperSource::File(path, hex) => {
            Some((Peppers::from_hex(hex)?, path.display().to_string()))
        }
        PepperSource::DataDir => {
            let path = config.database.data_dir.join(PEPPER_FILE);
            match path.exists() {
                true => Some((origin::read(&path)?, path.display().to_string())),
                false => None,
            }
        }
    })
}

/// Creates the pepper of a SQLite database in which nobody is yet, where the first start of a
/// server would: after an import there are users, and it would be missed.
///
/// # Errors
///
/// If it cannot be created.
pub async fn prepare(config: &Config, directory: &dyn Directory) -> anyhow::Result<()> {
    let is_made_here = matches!(config.pepper, PepperSource::DataDir)
        && matches!(config.database_url, DatabaseUrl::Sqlite(_));
    let path = config.database.data_dir.join(PEPPER_FILE);
    if !is_made_here || path.exists() || directory.has_users().await? {
        return Ok(());
    }
    data_dir::create(&config.database.data_dir)?;
    generate(&path)
}

/// Makes the pepper of a SQLite database whose own is lost.
fn make_in_data_dir(config: &Config) -> anyhow::Result<Peppers> {
    if !matches!(config.database_url, DatabaseUrl::Sqlite(_)) {
        bail!("set APIKEY_PEPPER or APIKEY_PEPPER_FILE to the pepper that is used from now on");
    }
    let path = config.database.data_dir.join(PEPPER_FILE);
    data_dir::create(&config.database.data_dir)?;
    generate(&path)?;
    origin::read(&path)
}

fn generate(path: &Path) -> anyhow::Result<()> {
    let mut line = random_hex()?;
    line.push('\n');
    write_private(path, &line)?;
    tracing::info!(path = %path.display(), "made the pepper; keep it with your backups");
    Ok(())
}

/// Returns a new pepper in hex, with room for a line end.
fn random_hex() -> anyhow::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new([0; Peppers::SHORTEST]);
    SystemSecrets.fill(&mut *bytes)?;
    let mut hex = Zeroizing::new(String::with_capacity(2 * bytes.len() + 1));
    for byte in bytes.iter() {
        write!(hex, "{byte:02x}")?;
    }
    Ok(hex)
}

/// Checks that the pepper of the newest key is among those configured: an earlier release may
/// have made it, which registers none. One that is older than the registration of the newest
/// pepper may be refused: it was not used since, or its pepper was [given up](give_up).
///
/// # Errors
///
/// If it is not: the server would refuse that key, and most likely all others.
pub async fn check(
    api_keys: &dyn ApiKeyRepository,
    registry: &dyn PepperRegistry,
    peppers: &Peppers,
) -> anyhow::Result<()> {
    let Some((used, made_at)) = newest_pepper(api_keys).await? else {
        return Ok(());
    };
    if peppers.knows(used) {
        return Ok(());
    }
    let newest = registry.peppers().await?;
    let newest = newest
        .first()
        .and_then(|one| Some((one.id, one.registered_at?)));
    // One that is registered, and not given, the nodes do not agree on.
    if newest.is_none_or(|(id, registered_at)| id != used && registered_at <= made_at) {
        bail!(
            "the newest key was made under the pepper {}, which is not among those given ({}): \
             give it too, after the current one and separated by a comma",
            used.to_text(),
            texts(&peppers.ids())
        );
    }
    Ok(())
}
