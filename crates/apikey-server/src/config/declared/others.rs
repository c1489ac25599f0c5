//! The settings that are read in a way of their own: the file of settings, and secrets.

use crate::config::setting::{About, Described, Ways};
use std::sync::Arc;

/// The file of settings.
pub(in crate::config) const CONFIG: About = About {
    field: "config",
    help: "A file with settings in TOML, which flags and variables override",
    placeholder: "FILE",
    otherwise: "none",
    rule: "a file; see [below](#a-file-of-settings)",
    ways: Ways::NotInFile,
    ..NOTHING
};

/// The database.
pub(in crate::config) const DATABASE_URL: About = About {
    field: "database_url",
    help: "The database: sqlite://{path} or postgres://...",
    placeholder: "URL",
    otherwise: "`sqlite://{data-dir}/apikey.db`",
    rule: "`sqlite://{path}` (an absolute path has three slashes), `postgres://…` or \
           `postgresql://…`",
    ways: Ways::PartlySecret,
    ..NOTHING
};

/// The peppers.
pub(in crate::config) const PEPPER: About = About {
    field: "pepper",
    otherwise: "a file in the data folder; none on PostgreSQL",
    rule: "32 bytes or more as hex; several separated by commas, the current one first",
    ways: Ways::Secret,
    ..NOTHING
};

/// The password of the first administrator.
pub(in crate::config) const BOOTSTRAP_PASSWORD: About = About {
    field: "bootstrap_password",
    otherwise: "a random one",
    rule: "a password that follows the [rules](api.md#limits)",
    ways: Ways::Secret,
    ..NOTHING
};

/// The database of a GPUStack.
pub(in crate::config) const IMPORT_FROM: About = About {
    field: "import_from",
    rule: "for `import gpustack` without `--from`: the URL of GPUStack's database",
    ways: Ways::Secret,
    ..NOTHING
};

/// The key with which commands sign in at a server.
pub(in crate::config) const KEY: About = About {
    field: "key",
    rule: "for commands with `--url`: an API key; see [below](#command-line)",
    ways: Ways::Secret,
    ..NOTHING
};

const NOTHING: About = About {
    field: "",
    help: "",
    placeholder: "",
    default: None,
    otherwise: "",
    rule: "",
    choices: None,
    ways: Ways::Secret,
    is_postgres_only: false,
};

// === impl About ===

impl About {
    /// Returns it as one of all. Its text is checked where it is read, so that no message
    /// repeats it.
    pub(super) fn described(&self) -> Described {
        Described {
            about: self.clone(),
            check: Arc::new(|text| Ok(text.to_owned())),
        }
    }
}
