//! Implements the port of sessions.

use super::{connection::Connection, lock::Lock, ports::Store, sessions};
use apikey_domain::{
    access::authority::Authority,
    error::PortError,
    identifier::{SessionId, UserId},
    identity::session::{NewSession, Session, SessionDigest, SessionLifetime},
    port::sessions::{Sessions, StoredSession},
    timestamp::Timestamp,
};
use async_trait::async_trait;

#[async_trait]
impl Sessions for Store {
    /// It is counted as a change and never refused for their number: otherwise whoever has
    /// stolen a key could keep its user from signing in.
    async fn open_session(&self, by: Authority, new: NewSession) -> Result<Session, PortError> {
        let lock = Lock::NewSession(new.user_id);
        self.writer
            .end(by, lock, statement!(sessions::open, new: &new))
            .await
    }

    async fn find_session(
        &self,
        digests: &[SessionDigest],
    ) -> Result<Option<StoredSession>, PortError> {
        let digests = digests.to_vec();
        self.readers
            .lookup(statement!(sessions::find, digests: &digests))
            .await
    }

    async fn sessions_of(&self, user_id: UserId) -> Result<Vec<Session>, PortError> {
        self.readers
            .lookup(statement!(sessions::of_user, user_id: user_id))
            .await
    }

    async fn end_session(
        &self,
        by: Authority,
        user_id: UserId,
        id: SessionId,
    ) -> Result<bool, PortError> {
        self.writer
            .end(
                by,
                Lock::EndOfSession(id),
                statement!(sessions::end, user_id: user_id, id: id),
            )
            .await
    }

    async fn record_session_uses(
        &self,
        ids: &[SessionId],
        at: Timestamp,
        lifetime: SessionLifetime,
    ) -> Result<(), PortError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        self.writer
            .write(
                Authority::service(at),
                Lock::Aside,
                statement!(sessions::record_uses, ids: &ids, at: at, lifetime: lifetime),
            )
            .await
    }

    async fn delete_expired_sessions(&self, now: Timestamp, most: u32) -> Result<u64, PortError> {
        // Usually there is nothing to do, and no write need wait for that.
        let has_expired = self
            .readers
            .lookup(statement!(sessions::has_expired, now: now));
        if !has_expired.await? {
            return Ok(0);
        }
        self.writer
            .write(
                Authority::service(now),
                Lock::Aside,
                statement!(sessions::delete_expired, now: now, most: most),
            )
            .await
    }
}
