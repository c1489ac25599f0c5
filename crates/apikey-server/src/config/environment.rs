//! Secrets, which have no flags because other users can read a command line.

use super::{
    choice::{BootstrapPassword, PepperSource},
    declared::{BOOTSTRAP_PASSWORD, PEPPER},
    effective::Source,
    file::SettingsFile,
    given::Given,
    refused::{NOT_SHOWN, Refused},
    secret_path, secret_text,
    setting::About,
};
use apikey_domain::{identity::password::PlainPassword, key::digest::Peppers};
use std::{ffi::OsString, fmt::Display, fs::File, os::unix::ffi::OsStringExt, path::PathBuf};
use zeroize::Zeroizing;

/// The format of peppers.
const PEPPER_RULE: &str = "32 bytes or more as hex, several separated by commas";

/// A secret and where it came from.
pub(super) struct Secret {
    pub(super) text: Zeroizing<String>,
    /// The variable, or the key of the file and its place.
    pub(super) setting: String,
    pub(super) file: Option<PathBuf>,
    pub(super) source: Source,
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

/// Returns where the peppers come from.
pub(super) fn pepper(given: &Given<'_>) -> Result<(PepperSource, Source), Refused> {
    let Some(secret) = secret(&PEPPER, given.file)? else {
        return Ok((PepperSource::DataDir, Source::Default));
    };
    if Peppers::from_hex(&secret.text).is_err() {
        return Err(secret.refused(PEPPER_RULE));
    }
    let pepper = match secret.file {
        None => PepperSource::Given(secret.text),
        Some(path) => PepperSource::File(path, secret.text),
    };
    Ok((pepper, secret.source))
}

/// Returns the password of the first administrator.
pub(super) fn bootstrap_password(
    given: &Given<'_>,
) -> Result<(Option<BootstrapPassword>, Source), Refused> {
    let Some(secret) = secret(&BOOTSTRAP_PASSWORD, given.file)? else {
        return Ok((None, Source::Default));
    };
    let password = PlainPassword::new(secret.text.as_str());
    if let Err(invalid) = password.check_strength() {
        return Err(secret.refused(invalid));
    }
    let password = BootstrapPassword {
        password,
        setting: secret.setting,
        file: secret.file,
    };
    Ok((Some(password), secret.source))
}

/// Returns the secret that a variable holds, or the file that its twin names or, if neither is
/// set, the file of settings.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]
pub(super) fn secret(about: &About, file: &SettingsFile) -> Result<Option<Secret>, Refused> {
    let name = about.variable();
    let twin = format!("{name}_FILE");
    let refused = |expected: &str| Refused::new(&name, NOT_SHOWN, expected);
    match (std::env::var_os(&name), std::env::var_os(&twin)) {
        (None, None) => {
            let key = about.key_of_file();
            let entry = file.entry(&key);
            let read = entry.map(|entry| {
                let setting = format!("{key} at {}", entry.place);
                let source = Source::File(entry.place.clone());
                from_file(setting, entry.text.clone().into(), source)
            });
            read.transpose()
        }
        (Some(_), Some(_)) => {
            let expected = format!("not to be set together with {twin}");
            Err(refused(&expected))
        }
        (Some(value), None) => {
            let bytes = Zeroizing::new(value.into_vec());
            Ok(Some(Secret {
                text: secret_text::parse(&bytes).map_err(refused)?,
                setting: name.clone(),
                file: None,
                source: Source::Variable(name),
            }))
        }
        (None, Some(path)) => {
            let source = Source::Variable(twin.clone());
            from_file(twin, path, source).map(Some)
        }
    }
}

/// Returns the secret in the file that a setting names.
pub(super) fn from_file(
    setting: String,
    path: OsString,
    source: Source,
) -> Result<Secret, Refused> {
    let path = PathBuf::from(path);
    let shown = if secret_path::is_path(&path) {
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
        source,
    })
}
