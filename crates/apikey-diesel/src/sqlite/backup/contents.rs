//! What is in a copy.

use crate::{
    PepperDigests,
    examination::NEWEST_PEPPER,
    failure::{from_diesel, unavailable},
    migrate,
};
use apikey_domain::{error::PortError, key::digest::PepperId, timestamp::Timestamp};
use diesel::{
    QueryableByName, RunQueryDsl, SqliteConnection, sql_query,
    sql_types::{BigInt, Nullable, Text},
};

/// What is in a copy of a database.
#[derive(Clone, Debug)]
pub struct BackupContents {
    /// The migrations that this release lacks: the copy is of a later one.
    pub unknown_migrations: Vec<String>,
    /// How many migrations of this release the copy lacks.
    pub missing_migrations: usize,
    /// How many users there are.
    pub users: u64,
    /// How many keys there are.
    pub api_keys: u64,
    /// How many events are recorded.
    pub events: u64,
    /// When the newest of them was recorded.
    pub newest_event: Option<Timestamp>,
    /// When the copy was made; `None` if it was made in another way than [`copy`](super::copy).
    pub made_at: Option<Timestamp>,
    /// How many digests there are under each pepper.
    pub peppers: Vec<PepperDigests>,
    /// The newest pepper, if one is registered.
    pub newest_pepper: Option<PepperId>,
}

#[derive(QueryableByName)]
struct Integrity {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Nullable<Text>)]
    text: Option<String>,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Nullable<BigInt>)]
    number: Option<i64>,
}

#[derive(QueryableByName)]
struct Digests {
    #[diesel(sql_type = Text)]
    one: String,
    #[diesel(sql_type = BigInt)]
    digests: i64,
}

// === impl BackupContents ===

impl BackupContents {
    pub(super) fn read(connection: &mut SqliteConnection) -> Result<Self, PortError> {
        if !has_table(connection, "__diesel_schema_migrations")? {
            return Err(unavailable("the file is no database of this service"));
        }
        let applied = texts(
            connection,
            "SELECT version AS text FROM __diesel_schema_migrations",
        )?;
        let known = migrate::sqlite_versions()?;
        let is_known = |version: &&String| known.contains(version);
        let unknown = applied.iter().filter(|version| !is_known(version));
        let unknown_migrations: Vec<String> = unknown.cloned().collect();
        let missing = known.iter().filter(|version| !applied.contains(version));
        let made_at = made_at(connection)?;
        let count = |connection: &mut _, table: &str| {
            let query = format!("SELECT count(*) AS number FROM {table}");
            number(connection, &query).map(|number| number.unwrap_or_default().unsigned_abs())
        };
        Ok(Self {
            unknown_migrations,
            missing_migrations: missing.count(),
            users: count(connection, "users")?,
            api_keys: count(connection, "api_keys")?,
            events: match has_table(connection, "events")? {
                true => count(connection, "events")?,
                false => 0,
            },
            newest_event: match has_table(connection, "events")? {
                true => number(
                    connection,
                    "SELECT at AS number FROM events ORDER BY horizon DESC LIMIT 1",
                )?
                .and_then(Timestamp::from_microseconds),
                false => None,
            },
            made_at,
            peppers: peppers(connection)?,
            newest_pepper: match has_table(connection, "peppers")? {
                true => texts(connection, NEWEST_PEPPER)?
                    .first()
                    .and_then(|id| PepperId::parse(id)),
                false => None,
            },
        })
    }

    /// Returns from when the copy is, as far as it says so.
    pub fn as_of(&self) -> Option<Timestamp> {
        self.made_at.or(self.newest_event)
    }
}

/// Returns when a copy was made, as far as it says so.
pub(super) fn made_at(connection: &mut SqliteConnection) -> Result<Option<Timestamp>, PortError> {
    let made_at = match has_table(connection, "restores")? {
        true => number(
            connection,
            "SELECT max(made_at) AS number FROM restores WHERE restored_at IS NULL",
        )?,
        false => None,
    };
    Ok(made_at.and_then(Timestamp::from_microseconds))
}

/// Reads every page, and refuses a file that is damaged.
pub(super) fn check_integrity(connection: &mut SqliteConnection) -> Result<(), PortError> {
    let found: Vec<Integrity> = sql_query("PRAGMA integrity_check(1)")
        .load(connection)
        .map_err(from_diesel)?;
    if let Some(damage) = found.iter().find(|line| line.integrity_check != "ok") {
        let damage = &damage.integrity_check;
        return Err(unavailable(format!("the file is damaged: {damage}")));
    }
    Ok(())
}

fn peppers(connection: &mut SqliteConnection) -> Result<Vec<PepperDigests>, PortError> {
    let query = PepperDigests::query(has_table(connection, "api_key_credentials")?);
    let found: Vec<Digests> = sql_query(query).load(connection).map_err(from_diesel)?;
    let found = found.iter();
    let found = found.filter_map(|found| PepperDigests::read(&found.one, found.digests));
    Ok(found.collect())
}

pub(super) fn has_table(connection: &mut SqliteConnection, name: &str) -> Result<bool, PortError> {
    let names = texts(
        connection,
        "SELECT name AS text FROM sqlite_master WHERE type = 'table'",
    )?;
    Ok(names.iter().any(|one| one == name))
}

fn texts(connection: &mut SqliteConnection, query: &str) -> Result<Vec<String>, PortError> {
    let lines: Vec<Line> = sql_query(query).load(connection).map_err(from_diesel)?;
    Ok(lines.into_iter().filter_map(|line| line.text).collect())
}

fn number(connection: &mut SqliteConnection, query: &str) -> Result<Option<i64>, PortError> {
    let numbers: Vec<Number> = sql_query(query).load(connection).map_err(from_diesel)?;
    Ok(numbers.first().and_then(|number| number.number))
}
