//! What holds of each setting, and who said so.

use super::setting::About;
use std::{
    fmt::{Display, Formatter},
    path::{Path, PathBuf},
};

/// What holds of one setting.
pub(super) struct Effective {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) source: Source,
    pub(super) is_postgres_only: bool,
}

/// Who gave a value.
#[derive(Clone)]
pub(super) enum Source {
    Flag(String),
    Variable(String),
    File(Place),
    Default,
}

// === impl Source ===

impl Source {
    /// Returns how messages name the setting that it gave.
    pub(super) fn of(&self, about: &About) -> String {
        let made = self.made(&about.name());
        made.unwrap_or_else(|| format!("--{}", about.name()))
    }

    /// Returns the same, unless it is the default.
    pub(super) fn made(&self, name: &str) -> Option<String> {
        match self {
            Self::Flag(name) | Self::Variable(name) => Some(name.clone()),
            Self::File(place) => Some(format!("{name} at {place}")),
            Self::Default => None,
        }
    }
}

impl Display for Source {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => formatter.write_str(name),
            Self::File(place) => place.fmt(formatter),
            Self::Default => formatter.write_str("default"),
        }
    }
}

/// A place in a file.
#[derive(Clone)]
pub(super) struct Place {
    path: PathBuf,
    pub(super) line: usize,
    column: usize,
}

// === impl Place ===

impl Place {
    pub(super) fn of(path: &Path, text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
        }
    }
}

/// As compilers do, so that editors find it.
impl Display for Place {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let path = self.path.display();
        write!(formatter, "{path}:{}:{}", self.line, self.column)
    }
}
