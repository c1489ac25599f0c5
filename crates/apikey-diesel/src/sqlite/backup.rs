//! Copies of a SQLite file: how one is made beside a running server, what is in one, and how
//! one becomes the database.

mod contents;
mod uri;

pub use contents::BackupContents;

use crate::{
    failure::from_diesel,
    migrate::{self, Direction},
};
use apikey_domain::{error::PortError, timestamp::Timestamp};
use diesel::{
    RunQueryDsl, SqliteConnection,
    connection::SimpleConnection as _,
    sql_query,
    sql_types::{BigInt, Text},
};
use std::path::Path;
use uri::{Access, open, uri};

/// By how much the numbers of events go on after a restore: more than there can have been
/// since the backup. So no event gets the position of one that is lost, and whoever read such
/// a one is told that it is not known.
pub(crate) const LOST_EVENTS: i64 = 1_000_000_000;

/// Copies a database into an empty file, as of one moment. Others may read and write the
/// database meanwhile; its write-ahead log grows until this is done. The file is not flushed.
///
/// # Errors
///
/// [`PortError::Unavailable`] if the database cannot be read, or the file cannot be written.
pub fn copy(database: &Path, file: &Path, now: Timestamp) -> Result<(), PortError> {
    let mut connection = open(database, Access::Existing)?;
    // A path that looks like a URI would be taken for one.
    sql_query("VACUUM INTO ?")
        .bind::<Text, _>(uri(file, Access::Existing))
        .execute(&mut connection)
        .map_err(from_diesel)?;
    drop(connection);
    let mut copy = open(file, Access::Existing)?;
    copy.batch_execute("PRAGMA journal_mode = DELETE")
        .map_err(from_diesel)?;
    // That of an earlier release has no place for it.
    if contents::has_table(&mut copy, "restores")? {
        sql_query("INSERT INTO restores (made_at) VALUES (?)")
            .bind::<BigInt, _>(now.microseconds())
            .execute(&mut copy)
            .map_err(from_diesel)?;
    }
    Ok(())
}

/// Reads a whole copy, which nobody else may write, and says what is in it. Nothing of it is
/// changed.
///
/// # Errors
///
/// [`PortError::Unavailable`] if it cannot be read, is damaged, or is none of this service.
pub fn look(file: &Path) -> Result<BackupContents, PortError> {
    let mut connection = open(file, Access::Frozen)?;
    contents::check_integrity(&mut connection)?;
    BackupContents::read(&mut connection)
}

/// Says what is in a database that others may write meanwhile.
pub(crate) fn look_into_database(file: &Path) -> Result<BackupContents, PortError> {
    let mut connection = open(file, Access::Existing)?;
    BackupContents::read(&mut connection)
}

/// Writes what is in the log of a database, which nobody else uses, to the database itself.
///
/// # Errors
///
/// [`PortError::Unavailable`] if the file cannot be read or written.
pub fn settle(database: &Path) -> Result<(), PortError> {
    let mut connection = open(database, Access::Existing)?;
    connection
        .batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
        .map_err(from_diesel)
}

/// Makes a copy ready to be the database: migrates it, ends all sessions, notes from when it
/// is, and has events go on where none can have been. Returns the migrations that were applied.
///
/// # Errors
///
/// [`PortError::Unavailable`] if the file cannot be written.
pub fn prepare(file: &Path, made_at: Timestamp, now: Timestamp) -> Result<Vec<String>, PortError> {
    let applied = migrate::sqlite(file, Direction::Up)?;
    let mut connection = open(file, Access::Existing)?;
    connection
        .immediate_transaction(|connection| mark(connection, made_at, now))
        .map_err(from_diesel)?;
    // Everything is in the file itself then.
    connection
        .batch_execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE")
        .map_err(from_diesel)?;
    Ok(applied)
}

/// Notes of a database that it is a copy which nobody [prepared](prepare): somebody put it in
/// its place. Returns whether it is one.
pub(crate) fn adopt(file: &Path, now: Timestamp) -> Result<bool, PortError> {
    let mut connection = open(file, Access::Existing)?;
    let Some(made_at) = contents::made_at(&mut connection)? else {
        return Ok(false);
    };
    connection
        .immediate_transaction(|connection| mark(connection, made_at, now))
        .map_err(from_diesel)?;
    Ok(true)
}

fn mark(
    connection: &mut SqliteConnection,
    made_at: Timestamp,
    now: Timestamp,
) -> diesel::QueryResult<()> {
    sql_query("DELETE FROM sessions").execute(connection)?;
    sql_query("DELETE FROM restores WHERE restored_at IS NULL").execute(connection)?;
    sql_query("INSERT INTO restores (made_at, restored_at) VALUES (?, ?)")
        .bind::<BigInt, _>(made_at.microseconds())
        .bind::<BigInt, _>(now.microseconds())
        .execute(connection)?;
    sql_query("INSERT INTO sqlite_sequence (name, seq) SELECT 'events', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'events')").execute(connection)?;
    sql_query("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'events'")
        .bind::<BigInt, _>(LOST_EVENTS)
        .execute(connection)?;
    Ok(())
}
