//! The statement that reads, and locks, what a write rests on: one round trip.

use super::super::{backend, lock::Lock};
use crate::rows::CurrentRightsColumns;
use apikey_domain::{
    access::authority::Grounds,
    identifier::{ApiKeyId, PrincipalId},
};
use diesel::{
    QueryResult,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Nullable},
};

/// Reads the rights for some grounds. Prepared once for each set of row locks.
pub(super) struct ReadRights {
    user_id: i64,
    principal_id: Option<i64>,
    key_id: Option<i64>,
    session_id: Option<i64>,
    /// What is locked besides.
    locked_principal_id: Option<i64>,
    locked_key_id: Option<i64>,
    row_locks: RowLocks,
}

/// The clauses that lock the rows of each table until the transaction ends.
struct RowLocks {
    user: &'static str,
    principals: &'static str,
    membership: &'static str,
    key: &'static str,
    locked_key: &'static str,
    session: &'static str,
}

// === impl ReadRights ===

impl ReadRights {
    /// Reads without a lock: what is read may change at once.
    pub(super) fn now(grounds: Grounds) -> Self {
        Self::new(grounds, RowLocks::NONE)
    }

    /// Reads, and keeps all of it from changing. Takes a lock of rows with it.
    pub(super) fn for_write(grounds: Grounds, lock: &Lock) -> Self {
        let read = Self::new(grounds, RowLocks::SHARED);
        match *lock {
            Lock::Principal(PrincipalId(id)) => Self {
                locked_principal_id: Some(id),
                row_locks: RowLocks {
                    principals: backend::FOR_UPDATE,
                    ..RowLocks::SHARED
                },
                ..read
            },
            Lock::ApiKey(ApiKeyId(id))
            | Lock::RenamedKey(ApiKeyId(id))
            | Lock::EndOfKey(ApiKeyId(id))
                if read.key_id == Some(id) =>
            {
                Self {
                    row_locks: RowLocks {
                        key: backend::FOR_UPDATE,
                        ..RowLocks::SHARED
                    },
                    ..read
                }
            }
            Lock::ApiKey(ApiKeyId(id))
            | Lock::RenamedKey(ApiKeyId(id))
            | Lock::EndOfKey(ApiKeyId(id)) => Self {
                locked_key_id: Some(id),
                row_locks: RowLocks {
                    locked_key: backend::FOR_UPDATE,
                    ..RowLocks::SHARED
                },
                ..read
            },
            _ => read,
        }
    }

    fn new(grounds: Grounds, row_locks: RowLocks) -> Self {
        Self {
            user_id: grounds.user_id.0,
            principal_id: grounds.principal_id.map(|id| id.0),
            key_id: grounds.key_id.map(|id| id.0),
            session_id: grounds.session_id.map(|id| id.0),
            locked_principal_id: None,
            locked_key_id: None,
            row_locks,
        }
    }
}

impl Query for ReadRights {
    type SqlType = CurrentRightsColumns;
}

/// The text is the key of the prepared statement.
impl QueryId for ReadRights {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<backend::Backend> for ReadRights {
    /// Each part counts the rows of the one before it, which makes PostgreSQL lock in
    /// this order: user, principals, membership, keys, session, each by id. Deleting a user or
    /// an organization locks in the same order. The count at the end makes it read
    /// every part, even one that the result does not show.
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, backend::Backend>) -> QueryResult<()> {
        out.push_sql(
            "WITH caller AS (SELECT id, is_admin, is_active, require_password_change, \
             password_hash FROM present_users WHERE id = ",
        );
        out.push_bind_param::<BigInt, _>(&self.user_id)?;
        out.push_sql(self.row_locks.user);
        out.push_sql("), owners AS (SELECT id, kind FROM principals WHERE id IN (");
        out.push_bind_param::<Nullable<BigInt>, _>(&self.principal_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<BigInt>, _>(&self.locked_principal_id)?;
        out.push_sql(") AND removed_at IS NULL AND (SELECT COUNT(*) FROM caller) >= 0 ORDER BY id");
        out.push_sql(self.row_locks.principals);
        out.push_sql(
            "), membership AS (SELECT role FROM memberships \
             WHERE (SELECT COUNT(*) FROM owners) >= 0 AND organization_id = \
             (SELECT id FROM owners WHERE id = ",
        );
        out.push_bind_param::<Nullable<BigInt>, _>(&self.principal_id)?;
        out.push_sql(") AND user_id = ");
        out.push_bind_param::<BigInt, _>(&self.user_id)?;
        out.push_sql(self.row_locks.membership);
        let held = ("held", &self.key_id, self.row_locks.key);
        let locked = ("locked", &self.locked_key_id, self.row_locks.locked_key);
        let keys = if self.key_id < self.locked_key_id {
            [held, locked]
        } else {
            [locked, held]
        };
        let mut former = "membership";
        for (part, id, row_lock) in keys {
            out.push_sql("), ");
            out.push_sql(part);
            out.push_sql(
                " AS (SELECT id, user_id, owner_principal_id, scope, allowed_model_names, expires_at, \
                 kept_expires_at, disabled_at, revoked_at, credentials \
                 FROM api_keys WHERE (SELECT COUNT(*) FROM ",
            );
            out.push_sql(former);
            out.push_sql(") >= 0 AND id = ");
            out.push_bind_param::<Nullable<BigInt>, _>(id)?;
            out.push_sql(row_lock);
            former = part;
        }
        out.push_sql(
            "), session AS (SELECT id, user_id, password_hash, created_at, last_used_at, expires_at \
             FROM sessions WHERE (SELECT COUNT(*) FROM ",
        );
        out.push_sql(former);
        out.push_sql(") >= 0 AND id = ");
        out.push_bind_param::<Nullable<BigInt>, _>(&self.session_id)?;
        out.push_sql(self.row_locks.session);
        out.push_sql(
            ") SELECT is_admin, is_active, require_password_change, caller.password_hash, owners.kind, role, held.user_id, \
             held.owner_principal_id, held.scope, held.allowed_model_names, held.expires_at, \
             held.kept_expires_at, held.disabled_at, held.revoked_at, held.credentials, \
             session.user_id, session.password_hash, session.created_at, session.last_used_at, \
             session.expires_at, (SELECT COUNT(*) FROM held) + (SELECT COUNT(*) FROM locked) \
             FROM caller LEFT JOIN owners ON owners.id = ",
        );
        out.push_bind_param::<Nullable<BigInt>, _>(&self.principal_id)?;
        out.push_sql(" LEFT JOIN membership ON TRUE LEFT JOIN held ON held.id = ");
        out.push_bind_param::<Nullable<BigInt>, _>(&self.key_id)?;
        out.push_sql(" LEFT JOIN session ON TRUE");
        Ok(())
    }
}

// === impl RowLocks ===

impl RowLocks {
    const NONE: Self = Self {
        user: "",
        principals: "",
        membership: "",
        key: "",
        locked_key: "",
        session: "",
    };

    /// The lock of a principal is that of a foreign key: it has nothing that could
    /// change, it can only be deleted.
    const SHARED: Self = Self {
        user: backend::FOR_SHARE,
        principals: backend::FOR_KEY_SHARE,
        membership: backend::FOR_SHARE,
        key: backend::FOR_SHARE,
        locked_key: "",
        session: backend::FOR_SHARE,
    };
}
