//! Judges what a write rests on, in the writer's transaction and before its work.
//!
//! On PostgreSQL the rows that were read stay locked until the transaction ends. So a
//! write of another node that ends a right waits until this transaction has committed,
//! or is seen by the judgment, because it committed first. On SQLite the transaction
//! has locked the whole database.

mod statement;

use super::{backend, connection::Connection, lock::Lock};
use crate::{
    failure::{Failure, from_diesel},
    rows::CurrentRightsRow,
};
use apikey_domain::{
    access::{
        attribution::Attribution,
        authority::{Authority, CurrentRights, Grounds},
    },
    change::{Change, Transition},
    error::PortError,
};
use diesel::{OptionalExtension, QueryResult};
use diesel_async::RunQueryDsl;
use statement::ReadRights;
use std::{
    collections::{HashMap, HashSet},
    time::Instant,
};

/// The rights that were read in a transaction. Their rows are locked, so that only a
/// write of this transaction can change them.
#[derive(Default)]
pub(crate) struct Judgments {
    read: HashMap<Grounds, CurrentRights>,
    /// Whether the transaction began with all locks that its writes need.
    has_locks: bool,
}

// === impl Judgments ===

impl Judgments {
    /// Returns those of a transaction that has taken all locks of its writes, if
    /// `has_locks`, or takes them with the rights that it reads.
    pub(super) fn begin(has_locks: bool) -> Self {
        Self {
            has_locks,
            ..Self::default()
        }
    }

    /// Reads the rights for several grounds at once, if the transaction has all locks:
    /// otherwise they are taken as they are read, in the order of the writes.
    pub(super) async fn read_ahead(
        &mut self,
        connection: &mut Connection,
        grounds: impl IntoIterator<Item = Grounds>,
    ) -> Result<(), Failure> {
        if !self.has_locks {
            return Ok(());
        }
        let grounds: HashSet<Grounds> = grounds.into_iter().collect();
        let grounds: Vec<Grounds> = grounds.into_iter().collect();
        let statement = |grounds: &Grounds| ReadRights::for_write(*grounds, &Lock::None);
        let statements = grounds.iter().map(statement).collect();
        let rows = backend::get_each(connection, statements).await?;
        for (grounds, row) in grounds.into_iter().zip(rows) {
            // A row that is corrupt fails the write that rests on it.
            if let Ok(rights) = rights(row, grounds) {
                self.read.insert(grounds, rights);
            }
        }
        Ok(())
    }

    /// Takes the lock and judges the authority of a write that was requested at
    /// `since`. Refuses with [`PortError::Denied`].
    pub(super) async fn judge(
        &mut self,
        connection: &mut Connection,
        by: &Authority,
        lock: &Lock,
        since: Instant,
    ) -> Result<Attribution, Failure> {
        let judged = match by.grounds() {
            None => {
                if !self.has_locks {
                    take_alone(lock, connection).await?;
                }
                by.judge(&CurrentRights::default())
            }
            Some(grounds) => {
                let rights = self.rights(connection, grounds, lock).await?;
                by.judge_after(since.elapsed(), &rights)
            }
        };
        judged.map_err(|denied| PortError::Denied(denied).into())
    }

    /// Forgets what these changes of the transaction may have made untrue.
    pub(super) fn forget_after(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Key(Transition::Created(_)) => {}
                Change::Key(Transition::Updated { before: key, .. } | Transition::Deleted(key)) => {
                    self.read.retain(|by, _| by.key_id != Some(key.id))
                }
                _ => self.read.clear(),
            }
        }
    }

    async fn rights(
        &mut self,
        connection: &mut Connection,
        grounds: Grounds,
        lock: &Lock,
    ) -> Result<CurrentRights, Failure> {
        let lock = if self.has_locks { &Lock::None } else { lock };
        if let Some(rights) = self.read.get(&grounds)
            && !lock.is_of_a_row()
        {
            return Ok(rights.clone());
        }
        let statement = ReadRights::for_write(grounds, lock);
        let rights = read(connection, grounds, statement).await??;
        self.read.insert(grounds, rights.clone());
        Ok(rights)
    }
}

/// Reads the rights for these grounds, as they are at one instant.
pub(super) async fn current_rights(
    connection: &mut Connection,
    grounds: Grounds,
) -> Result<CurrentRights, PortError> {
    let read = read(connection, grounds, ReadRights::now(grounds)).await;
    read.map_err(from_diesel)?
}

async fn read(
    connection: &mut Connection,
    grounds: Grounds,
    statement: ReadRights,
) -> QueryResult<Result<CurrentRights, PortError>> {
    let row: Option<CurrentRightsRow> = statement.get_result(connection).await.optional()?;
    Ok(rights(row, grounds))
}

/// Returns the rights of a user, or of nobody.
fn rights(row: Option<CurrentRightsRow>, grounds: Grounds) -> Result<CurrentRights, PortError> {
    match row {
        Some(row) => row.into_rights(grounds),
        None => Ok(CurrentRights::default()),
    }
}

/// Takes a lock of rows without a judgment.
async fn take_alone(lock: &Lock, connection: &mut Connection) -> QueryResult<()> {
    match lock {
        Lock::Principal(id) => backend::lock_principal(connection, id.0).await,
        Lock::ApiKey(id) | Lock::EndOfKey(id) => backend::lock_api_key(connection, id.0).await,
        _ => Ok(()),
    }
}
