//! How a database is examined. Nothing of it is changed.

#[cfg(feature = "postgres")]
use crate::postgres;
#[cfg(feature = "sqlite")]
use crate::sqlite::backup;
use crate::{DatabaseUrl, Examination, failure::unavailable};
use apikey_domain::error::PortError;

impl Examination {
    /// Examines a database. Returns `None` if there is none yet. It reads every digest of a key.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if it cannot be reached, or is none of this service.
    pub async fn of(url: &DatabaseUrl) -> Result<Option<Self>, PortError> {
        match url {
            #[cfg(feature = "sqlite")]
            DatabaseUrl::Sqlite(path) => match std::fs::metadata(path) {
                Ok(file) if file.len() > 0 => Self::of_file(path).map(Some),
                Ok(_) => Ok(None),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(unavailable(error)),
            },
            #[cfg(feature = "postgres")]
            DatabaseUrl::Postgres(url) => {
                let source = postgres::Source::from_url(url, 3)?;
                postgres::examine(&source).await.map(Some)
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres")))]
            _ => Err(unavailable("this program was built without this database")),
        }
    }

    #[cfg(feature = "sqlite")]
    fn of_file(path: &std::path::Path) -> Result<Self, PortError> {
        let contents = backup::look_into_database(path)?;
        Ok(Self {
            has_tables: true,
            may_create_tables: true,
            unknown_migrations: contents.unknown_migrations,
            missing_migrations: contents.missing_migrations,
            newest_event: contents.newest_event,
            peppers: contents.peppers,
            newest_pepper: contents.newest_pepper,
            ..Self::default()
        })
    }
}
