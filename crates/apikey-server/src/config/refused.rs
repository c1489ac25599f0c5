//! An invalid configuration.

/// What stands for a value that is or may contain a secret.
pub(super) const NOT_SHOWN: &str = "(not shown)";

/// Returns whether a value, where another one was expected, may be a URL with a password.
pub(super) fn may_have_secret(value: &str) -> bool {
    value.contains("://") || value.contains('@')
}

/// An invalid setting, its value and what was expected.
#[derive(Debug)]
pub enum Refused {
    /// The command line, or a variable for a flag; also `--help`.
    Arguments(Box<clap::Error>),
    /// Any other setting.
    Setting(String),
}

impl Refused {
    /// Returns the error for an invalid `value` of `setting`.
    pub fn new(setting: &str, value: &str, expected: impl std::fmt::Display) -> Self {
        Self::Setting(format!("invalid value '{value}' for {setting}: {expected}"))
    }

    /// Adds what is to be said of the other settings.
    pub(super) fn with_notices(self, notices: &[String]) -> Self {
        match self {
            Self::Setting(message) => {
                let notices = notices.iter().map(|notice| format!("\nwarning: {notice}"));
                Self::Setting(message + &notices.collect::<String>())
            }
            arguments @ Self::Arguments(_) => arguments,
        }
    }
}
