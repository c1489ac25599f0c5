//! Finds and creates peppers.

use crate::{
    config::{Config, PEPPER_FILE, PepperSource, secret_text},
    data_dir::{self, write_private},
};
use anyhow::{Context, Error, bail};
use apikey_diesel::DatabaseUrl;
use apikey_domain::{
    key::digest::Peppers,
    port::{directory::Directory, secret_source::SecretSource},
    system::SystemSecrets,
    use_case::{operation::newest_pepper::newest_pepper, ports::KeyPorts},
};
use std::{fmt::Write, fs::File, path::Path};
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
    read(&path)
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
                true => Some((read(&path)?, path.display().to_string())),
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

fn read(path: &Path) -> anyhow::Result<Peppers> {
    let bytes = File::open(path).and_then(secret_text::read);
    let bytes = bytes.with_context(|| format!("cannot read the pepper from {}", path.display()))?;
    let text = secret_text::parse(&bytes).map_err(Error::msg);
    let peppers = text.and_then(|text| Ok(Peppers::from_hex(&text)?));
    peppers.with_context(|| format!("in {}", path.display()))
}

fn generate(path: &Path) -> anyhow::Result<()> {
    let mut bytes = Zeroizing::new([0; Peppers::SHORTEST]);
    SystemSecrets.fill(&mut *bytes)?;
    let mut hex = Zeroizing::new(String::with_capacity(2 * bytes.len() + 1));
    for byte in bytes.iter() {
        write!(hex, "{byte:02x}")?;
    }
    hex.push('\n');
    write_private(path, &hex)?;
    tracing::info!(path = %path.display(), "made the pepper; keep it with your backups");
    Ok(())
}

/// Checks that the pepper of the newest key is among those configured.
///
/// # Errors
///
/// If it is not: the server would refuse that key, and most likely all others.
pub async fn check(ports: &KeyPorts) -> anyhow::Result<()> {
    let Some(used) = newest_pepper(ports).await? else {
        return Ok(());
    };
    if !ports.verify.peppers.knows(used) {
        bail!(
            "the newest key was made under the pepper {}, which is not among those given ({:?}): \
             give it too, after the current one and separated by a comma",
            used.to_text(),
            ports.verify.peppers
        );
    }
    Ok(())
}
