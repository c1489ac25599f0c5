//! The location of a database.

#[cfg(feature = "postgres")]
use crate::postgres;
use std::path::PathBuf;

/// Why a file of SQLite is refused by a crate without the feature `sqlite`.
#[cfg(not(feature = "sqlite"))]
pub(crate) const NO_SQLITE: &str = "this program was built without SQLite";
/// Why PostgreSQL is refused by a crate without the feature `postgres`.
#[cfg(not(feature = "postgres"))]
pub(crate) const NO_POSTGRES: &str = "this program was built without PostgreSQL";

/// What stands for a URL that may contain a password anywhere.
const NOT_SHOWN: &str = "(not shown: it may contain a password)";

/// The location of the database: `sqlite://{path}` or `postgres://...`. That of a database
/// the crate was built without is refused by [`DatabaseUrl::parse`].
///
/// # Example
///
/// ```
/// use apikey_diesel::DatabaseUrl;
///
/// # #[cfg(feature = "sqlite")]
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
    /// What was expected instead, as the end of a sentence, without any text of the URL.
    pub fn parse(url: &str) -> Result<Self, String> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            if path.is_empty() || path.starts_with(':') {
                return Err("expected a file after sqlite://".to_owned());
            }
            if path.contains('?') {
                return Err("expected a file after sqlite://, without parameters".to_owned());
            }
            if path
                .split('/')
                .next()
                .is_some_and(|first| first.contains('@'))
            {
                return Err("expected a file after sqlite://, not a user or a host".to_owned());
            }
            return Self::sqlite(path);
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Self::postgres(url);
        }
        Err("expected sqlite://{path} or postgres://{user}@{host}/{database}".to_owned())
    }

    #[cfg(feature = "sqlite")]
    fn sqlite(path: &str) -> Result<Self, String> {
        Ok(Self::Sqlite(PathBuf::from(path)))
    }

    #[cfg(not(feature = "sqlite"))]
    fn sqlite(_: &str) -> Result<Self, String> {
        Err(format!("expected postgres://…: {NO_SQLITE}"))
    }

    #[cfg(feature = "postgres")]
    fn postgres(url: &str) -> Result<Self, String> {
        match postgres::Source::check(url) {
            Ok(()) => Ok(Self::Postgres(url.to_owned())),
            Err(expected) => Err(format!("expected a PostgreSQL URL: {expected}")),
        }
    }

    #[cfg(not(feature = "postgres"))]
    fn postgres(_: &str) -> Result<Self, String> {
        Err(format!("expected sqlite://…: {NO_POSTGRES}"))
    }

    /// Returns whether the URL may contain a password.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_diesel::DatabaseUrl;
    ///
    /// # #[cfg(feature = "postgres")] {
    /// assert!(DatabaseUrl::parse("postgres://me:secret@db/apikey").unwrap().has_password());
    /// assert!(!DatabaseUrl::parse("postgres://me@db/apikey").unwrap().has_password());
    /// # }
    /// ```
    pub fn has_password(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => postgres::url_has_password(url),
            #[cfg(not(feature = "postgres"))]
            Self::Postgres(_) => true,
        }
    }

    /// Returns what the URL says without its secrets: of PostgreSQL the user, the hosts and
    /// ports, the database and `sslmode`, read as for a connection. What cannot be told
    /// apart from a password is not shown.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_diesel::DatabaseUrl;
    ///
    /// # #[cfg(feature = "postgres")] {
    /// let url = DatabaseUrl::parse("postgres://me:secret@db:5433/apikey?sslmode=require").unwrap();
    /// assert_eq!(url.redacted(), "postgres://me@db:5433/apikey?sslmode=require");
    /// # }
    /// ```
    pub fn redacted(&self) -> String {
        match self {
            Self::Sqlite(path) => {
                let path = path.to_string_lossy();
                if path.contains("://") || path.contains('@') {
                    return NOT_SHOWN.to_owned();
                }
                format!("sqlite://{path}")
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => postgres::shown_url(url).unwrap_or_else(|| NOT_SHOWN.to_owned()),
            #[cfg(not(feature = "postgres"))]
            Self::Postgres(_) => NOT_SHOWN.to_owned(),
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

    const SECRET: &str = "SECRET";

    #[test]
    fn what_is_shown_of_a_url_is_what_is_known_not_to_be_secret() {
        let table = [
            ("postgres://me:SECRET@db/apikey", "postgres://me@db/apikey"),
            ("postgresql://me@db", "postgres://me@db"),
            ("postgres://SECRETme%3ASECRET@db/x", NOT_SHOWN),
            (
                "postgres://me:p%40SECRET@db:5433/x",
                "postgres://me@db:5433/x",
            ),
            ("postgres://me:p#SECRET@db/x", "postgres://me@db/x"),
            ("postgres://me:p/SECRET@db/x", "postgres://me@db/x"),
            ("postgres://me:p?SECRET@db/x", "postgres://me@db/x"),
            ("postgres://me:p SECRET@db/x", "postgres://me@db/x"),
            ("postgres://:SECRET@db/x", NOT_SHOWN),
            ("postgres://me:a@SECRET@db/x?sslmode=require", NOT_SHOWN),
            ("postgres://me:a@SECRET?options=b@db/x", NOT_SHOWN),
            ("postgres://db/x?password=SECRET", "postgres://db/x"),
            ("postgres://db/x?password=p@SECRET", NOT_SHOWN),
            (
                "postgres://?host=db&user=me&password=SECRET",
                "postgres://me@db",
            ),
            (
                "postgres://me@db/x?application_name=SECRET",
                "postgres://me@db/x",
            ),
            ("postgres://me@db/x#SECRET", NOT_SHOWN),
            (
                "postgres://me@[::1]:5433,two/x?sslmode=verify-full",
                "postgres://me@[::1]:5433,two/x?sslmode=verify-full",
            ),
            (
                "postgres://me@%2Frun%2Fpostgresql/x",
                "postgres://me@%2Frun%2Fpostgresql/x",
            ),
            ("sqlite://data/apikey.db", "sqlite://data/apikey.db"),
            ("sqlite:///srv/u:SECRET@h/x", NOT_SHOWN),
            ("sqlite://postgres://me:SECRET@db/x", NOT_SHOWN),
        ];
        for (url, shown) in table {
            let parsed = DatabaseUrl::parse(url).unwrap();
            assert_eq!(parsed.redacted(), shown, "{url}");
            assert!(!format!("{parsed:?}").contains(SECRET), "{url}");
        }
    }

    #[test]
    fn a_refusal_has_no_text_of_the_url() {
        for url in [
            "postgres://u:a@SECRET?b@db/x",
            "postgres://u:a@h?SECRET=b@db/x",
            "postgres://u:a@h:SECRET@db/x",
            "postgres://u:SECRET/x",
            "postgres://me@db/x?sslmode=SECRET",
            "postgres://me@db/x?sslpassword=SECRET",
            "postgres://me@db/x?pass%77ord=SECRET",
            "POSTGRES://me:SECRET@db/x",
            " postgres://me:SECRET@db/x",
            "mysql://me:SECRET@db/x",
            "host=db password='p SECRET'",
            "SECRET",
        ] {
            let expected = DatabaseUrl::parse(url).err();
            let expected = expected.unwrap_or_else(|| panic!("{url} is taken"));
            assert!(!expected.contains(SECRET), "{url}: {expected}");
        }
    }
}
