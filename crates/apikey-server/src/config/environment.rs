//! Secrets, which have no flags: a command line can be read by others.

use super::{choice::PepperSource, refused::Refused};
use apikey_domain::{identity::password::PlainPassword, key::digest::Peppers};
use std::{env::VarError, path::PathBuf};
use tracing_subscriber::EnvFilter;
use zeroize::Zeroizing;

/// What is logged unless told otherwise: not each worker's comings and goings,
/// and not each request a stranger garbles.
const DEFAULT_LOG: &str = "info,actix_server=warn,actix_http=off";

/// What a pepper is.
const PEPPER_RULE: &str = "32 bytes or more as hex, several separated by commas";

/// What the environment alone says.
pub(super) struct Environment {
    pub(super) pepper: PepperSource,
    pub(super) bootstrap_password: Option<PlainPassword>,
    pub(super) log_filter: String,
}

/// Reads and checks it.
pub(super) fn read() -> Result<Environment, Refused> {
    let pepper = match (variable("APIKEY_PEPPER")?, variable("APIKEY_PEPPER_FILE")?) {
        (Some(_), Some(_)) => {
            return Err(Refused::new(
                "APIKEY_PEPPER",
                "(redacted)",
                "not to be set together with APIKEY_PEPPER_FILE",
            ));
        }
        (Some(hex), None) => {
            let hex = Zeroizing::new(hex);
            if Peppers::from_hex(&hex).is_err() {
                return Err(Refused::new("APIKEY_PEPPER", "(redacted)", PEPPER_RULE));
            }
            PepperSource::Given(hex)
        }
        (None, Some(path)) => {
            let read = std::fs::read_to_string(&path).map(Zeroizing::new);
            let refused = |expected: String| Refused::new("APIKEY_PEPPER_FILE", &path, expected);
            let text =
                read.map_err(|error| refused(format!("a file that can be read ({error})")))?;
            let hex = Zeroizing::new(text.trim().to_owned());
            if Peppers::from_hex(&hex).is_err() {
                return Err(refused(format!("a file with {PEPPER_RULE}")));
            }
            PepperSource::File(PathBuf::from(path), hex)
        }
        (None, None) => PepperSource::DataDir,
    };
    let bootstrap_password = variable("APIKEY_BOOTSTRAP_PASSWORD")?.map(PlainPassword::new);
    if let Some(password) = &bootstrap_password
        && let Err(invalid) = password.check_strength()
    {
        let setting = "APIKEY_BOOTSTRAP_PASSWORD";
        return Err(Refused::new(setting, "(redacted)", invalid));
    }
    let log_filter = variable("APIKEY_LOG")?.unwrap_or_else(|| DEFAULT_LOG.to_owned());
    if let Err(error) = EnvFilter::try_new(&log_filter) {
        let expected = format!("a level or a list of target=level ({error})");
        return Err(Refused::new("APIKEY_LOG", &log_filter, expected));
    }
    Ok(Environment {
        pepper,
        bootstrap_password,
        log_filter,
    })
}

/// A variable; empty is unset.
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
