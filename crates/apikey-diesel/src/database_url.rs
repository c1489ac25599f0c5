//! The location of a database.

use crate::postgres;
use std::path::PathBuf;

/// The location of the database: `sqlite://{path}` or `postgres://...`.
///
/// # Example
///
/// ```
/// use apikey_diesel::DatabaseUrl;
///
/// assert!(DatabaseUrl::parse("sqlite://data/apikey.db").is_ok());
/// assert!(DatabaseUrl::parse("mysql://localhost").is_err());
/// ```
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL URL, which may contain a password.
    Postgres(String),
}

// === impl DatabaseUrl ===

impl DatabaseUrl {
    /// Parses a URL.
    ///
    /// # Errors
    ///
    /// What was expected instead, as the end of a sentence.
    pub fn parse(url: &str) -> Result<Self, String> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            if path.is_empty() || path.starts_with(':') {
                return Err("expected a file after sqlite://".to_owned());
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return match postgres::Source::check(url) {
                Ok(()) => Ok(Self::Postgres(url.to_owned())),
                Err(expected) => Err(format!("expected a PostgreSQL URL: {expected}")),
            };
        }
        Err("expected sqlite://{path} or postgres://{user}@{host}/{database}".to_owned())
    }

    /// Returns the URL without its password.
    pub fn redacted(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}", path.display()),
            Self::Postgres(url) => Self::redact(url),
        }
    }

    /// Returns text that was meant as a URL, without anything that may be a
    /// password: only the username of what precedes an `@`, nothing of what follows
    /// a `?`, and nothing of text that is not a URL.
    pub fn redact(text: &str) -> String {
        let Some((scheme, rest)) = text.split_once("://") else {
            return "(not a URL)".to_owned();
        };
        let before_query = rest.split('?').next().unwrap_or_default();
        match before_query.rsplit_once('@') {
            None if rest.contains('@') => format!("{scheme}://(redacted)"),
            None => format!("{scheme}://{before_query}"),
            Some((credentials, host)) => {
                let user = credentials.split(':').next().unwrap_or_default();
                format!("{scheme}://{user}@{host}")
            }
        }
    }
}

/// Shows no password.
impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.redacted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redacted_url_shows_no_password() {
        let table = [
            ("postgres://me:pw@db/apikey", "postgres://me@db/apikey"),
            ("postgres://me:p@w@db/apikey?x=y", "postgres://me@db/apikey"),
            ("postgres://me:p?w@db/apikey", "postgres://(redacted)"),
            ("postgres://db/apikey?password=pw", "postgres://db/apikey"),
            ("host=db password=pw", "(not a URL)"),
            ("sqlite://data/apikey.db", "sqlite://data/apikey.db"),
        ];
        for (url, shown) in table {
            assert_eq!(DatabaseUrl::redact(url), shown);
        }
    }
}
