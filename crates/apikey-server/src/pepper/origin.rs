//! Where the peppers come from.

use crate::config::{Config, PEPPER_FILE, PepperSource, secret_text};
use anyhow::{Context, Error, bail};
use apikey_domain::key::digest::Peppers;
use std::{
    fs::File,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::timeout;
use zeroize::Zeroizing;

/// How long a file may take to be read.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the peppers come from, without them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PepperOrigin {
    /// The environment, which stays as it was at the start.
    Environment,
    /// A file.
    File(PathBuf),
}

// === impl PepperOrigin ===

impl PepperOrigin {
    /// Returns where these settings say that they are.
    pub fn of(config: &Config) -> Self {
        match &config.pepper {
            PepperSource::Given(_) => Self::Environment,
            PepperSource::File(path, _) => Self::File(path.clone()),
            PepperSource::DataDir => Self::File(config.database.data_dir.join(PEPPER_FILE)),
        }
    }

    /// Reads them again; `None` if they cannot have changed.
    ///
    /// # Errors
    ///
    /// If the file cannot be read in time, or contains no pepper.
    pub async fn read_again(&self) -> anyhow::Result<Option<Peppers>> {
        let Self::File(path) = self else {
            return Ok(None);
        };
        let path = path.clone();
        // A file system that hangs must not stop what else this process does.
        let reading = tokio::task::spawn_blocking(move || {
            let found = path.metadata();
            if found.is_ok_and(|found| !found.is_file()) {
                bail!("{} is no file that can be read again", path.display());
            }
            read(&path)
        });
        let read = timeout(PATIENCE, reading).await;
        let read = read.context("the file with the pepper does not answer")?;
        read.context("reading the pepper panicked")?.map(Some)
    }
}

/// Reads peppers from a file.
///
/// # Errors
///
/// If it cannot be read, or contains no pepper.
pub fn read(path: &Path) -> anyhow::Result<Peppers> {
    let peppers = Peppers::from_hex(&text(path)?);
    peppers.with_context(|| format!("in {}", path.display()))
}

/// Reads the text of a file with peppers.
///
/// # Errors
///
/// If it cannot be read, or has no line of text.
pub(super) fn text(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let bytes = File::open(path).and_then(secret_text::read);
    let bytes = bytes.with_context(|| format!("cannot read the pepper from {}", path.display()))?;
    let text = secret_text::parse(&bytes).map_err(Error::msg);
    text.with_context(|| format!("in {}", path.display()))
}
