//! Settings that have no flags: secrets, because other users can read a command
//! line, and the log filter.

use super::{
    choice::{BootstrapPassword, PepperSource},
    log_filter,
    refused::{NOT_SHOWN, Refused},
    secret_text,
};
use apikey_domain::{identity::password::PlainPassword, key::digest::Peppers};
use std::{
    env::VarError,
    ffi::OsString,
    fmt::Display,
    fs::File,
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// The variables that hold a secret; with `_FILE` at its end each names a file that does.
const PEPPER: &str = "APIKEY_PEPPER";
const BOOTSTRAP_PASSWORD: &str = "APIKEY_BOOTSTRAP_PASSWORD";
pub(super) const DATABASE_URL: &str = "APIKEY_DATABASE_URL";
pub(super) const IMPORT_FROM: &str = "APIKEY_IMPORT_FROM";
const LOG: &str = "APIKEY_LOG";

/// Every variable that is no flag's.
pub(super) const NAMES: [&str; 9] = [
    PEPPER,
    "APIKEY_PEPPER_FILE",
    BOOTSTRAP_PASSWORD,
    "APIKEY_BOOTSTRAP_PASSWORD_FILE",
    DATABASE_URL,
    "APIKEY_DATABASE_URL_FILE",
    IMPORT_FROM,
    "APIKEY_IMPORT_FROM_FILE",
    LOG,
];

/// The format of peppers.
const PEPPER_RULE: &str = "32 bytes or more as hex, several separated by commas";

/// The settings that only the environment has.
pub(super) struct Environment {
    pub(super) pepper: PepperSource,
    pub(super) bootstrap_password: Option<BootstrapPassword>,
    pub(super) log_filter: String,
}

/// A secret and where it came from.
pub(super) struct Secret {
    pub(super) text: Zeroizing<String>,
    /// The variable.
    pub(super) setting: String,
    pub(super) file: Option<PathBuf>,
}

// === impl Secret ===

impl Secret {
    /// Returns the error for a secret that is not what was expected.
    pub(super) fn refused(&self, expected: impl Display) -> Refused {
        let shown = match &self.file {
            Some(path) => path.to_string_lossy(),
            None => NOT_SHOWN.into(),
        };
        Refused::new(&self.setting, &shown, expected)
    }
}

/// Reads and validates the environment, but for the URL of the database.
pub(super) fn read() -> Result<Environment, Refused> {
    let pepper = match secret(PEPPER)? {
        None => PepperSource::DataDir,
        Some(secret) if Peppers::from_hex(&secret.text).is_err() => {
            return Err(secret.refused(PEPPER_RULE));
        }
        Some(Secret { text, file, .. }) => match file {
            None => PepperSource::Given(text),
            Some(path) => PepperSource::File(path, text),
        },
    };
    let bootstrap_password = secret(BOOTSTRAP_PASSWORD)?
        .map(|secret| {
            let password = PlainPassword::new(secret.text.as_str());
            match password.check_strength() {
                Ok(()) => Ok(BootstrapPassword {
                    password,
                    setting: secret.setting,
                    file: secret.file,
                }),
                Err(invalid) => Err(secret.refused(invalid)),
            }
        })
        .transpose()?;
    let log_filter = match variable(LOG)? {
        None => log_filter::DEFAULT.to_owned(),
        Some(filter) => log_filter::parse(&filter)
            .map_err(|expected| Refused::new(LOG, &filter.escape_debug().to_string(), expected))?,
    };
    Ok(Environment {
        pepper,
        bootstrap_password,
        log_filter,
    })
}

/// Returns the secret that a variable holds, or the file that its twin names.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]
pub(super) fn secret(name: &str) -> Result<Option<Secret>, Refused> {
    let twin = format!("{name}_FILE");
    let refused = |expected: &str| Refused::new(name, NOT_SHOWN, expected);
    match (std::env::var_os(name), std::env::var_os(&twin)) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => {
            let expected = format!("not to be set together with {twin}");
            Err(refused(&expected))
        }
        (Some(value), None) => {
            let bytes = Zeroizing::new(value.into_vec());
            Ok(Some(Secret {
                text: secret_text::parse(&bytes).map_err(refused)?,
                setting: name.to_owned(),
                file: None,
            }))
        }
        (None, Some(path)) => from_file(twin, path).map(Some),
    }
}

/// Returns the secret that is in a file.
pub(super) fn from_file(setting: String, path: OsString) -> Result<Secret, Refused> {
    let path = PathBuf::from(path);
    let shown = if is_path(&path) {
        path.to_string_lossy()
    } else {
        NOT_SHOWN.into()
    };
    let refused = |expected: String| Refused::new(&setting, &shown, expected);
    let read = File::open(&path).and_then(secret_text::read);
    let bytes =
        read.map_err(|error| refused(format!("expected a file that can be read ({error})")))?;
    let text = secret_text::parse(&bytes);
    let text = text.map_err(|expected| refused(format!("in the file, {expected}")))?;
    Ok(Secret {
        text,
        setting,
        file: Some(path),
    })
}

/// Returns whether text names a file, or at least a folder for one: otherwise somebody may
/// have set the secret itself here.
fn is_path(path: &Path) -> bool {
    let has_folder = |path: &Path| {
        let folder = path.parent();
        folder.is_some_and(|folder| folder.file_name().is_some() && folder.is_dir())
    };
    path.symlink_metadata().is_ok() || has_folder(path)
}

/// Returns a variable. An empty one counts as unset.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]
fn variable(name: &'static str) -> Result<Option<String>, Refused> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Refused::new(name, "(not text)", "UTF-8 text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_place_of_a_path_is_no_path() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pepper");
        assert!(is_path(&file), "it may be missing");
        std::fs::write(&file, "x").unwrap();
        assert!(is_path(&file));
        for secret in [
            "S3cr/t_pass1",
            "S3cret_pass",
            "/S3cret",
            "../S3cret",
            "./S3cret",
            "",
        ] {
            assert!(!is_path(Path::new(secret)), "{secret}");
        }
    }
}
