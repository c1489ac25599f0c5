//! Sessions of the in-memory store.

use super::{
    Memory,
    state::{State, StoredSession},
};
use apikey_domain::{
    access::authority::{Authority, CurrentSession},
    error::PortError,
    identifier::{SessionId, UserId},
    identity::{
        password::PasswordHash,
        session::{NewSession, Session, SessionDigest, SessionLifetime},
    },
    port::sessions::{self, Sessions},
    timestamp::Timestamp,
};
use async_trait::async_trait;

#[async_trait]
impl Sessions for Memory {
    async fn open_session(&self, by: Authority, new: NewSession) -> Result<Session, PortError> {
        self.write(by, |state, _| {
            if !state.users.contains_key(&new.user_id) {
                return Err(PortError::OwnerGone);
            }
            let session = new.stored(state.next_session_id());
            let current = CurrentSession {
                session: session.clone(),
                password_hash: new.password_hash,
            };
            let stored = StoredSession {
                digest: new.digest,
                current,
            };
            state.sessions.insert(session.id, stored);
            let theirs = state.ids_of_sessions(new.user_id);
            let more = theirs.len().saturating_sub(Session::MOST_PER_USER as usize);
            for id in &theirs[..more] {
                state.sessions.remove(id);
            }
            Ok(session)
        })
    }

    async fn find_session(
        &self,
        digests: &[SessionDigest],
    ) -> Result<Option<sessions::StoredSession>, PortError> {
        let state = self.read();
        let mut all = state.sessions.values();
        let found = all.find(|stored| digests.contains(&stored.digest));
        Ok(found.and_then(|stored| {
            let user = state.users.get(&stored.current.session.user_id)?;
            Some(sessions::StoredSession {
                current: stored.current.clone(),
                user: user.clone(),
            })
        }))
    }

    async fn sessions_of(&self, user_id: UserId) -> Result<Vec<Session>, PortError> {
        let state = self.read();
        let Some(user) = state.users.get(&user_id) else {
            return Ok(Vec::new());
        };
        let all = state.sessions.values().map(|stored| &stored.current);
        let theirs = all.filter(|current| {
            current.session.user_id == user_id && current.password_hash == user.password_hash
        });
        Ok(theirs.map(|current| current.session.clone()).collect())
    }

    async fn end_session(
        &self,
        by: Authority,
        user_id: UserId,
        id: SessionId,
    ) -> Result<bool, PortError> {
        self.write(by, |state, _| {
            let session = state.sessions.get(&id);
            let is_theirs = session.is_some_and(|one| one.current.session.user_id == user_id);
            Ok(is_theirs && state.sessions.remove(&id).is_some())
        })
    }

    async fn record_session_uses(
        &self,
        ids: &[SessionId],
        at: Timestamp,
        lifetime: SessionLifetime,
    ) -> Result<(), PortError> {
        let mut state = self.read();
        for id in ids {
            let Some(stored) = state.sessions.get_mut(id) else {
                continue;
            };
            let session = &mut stored.current.session;
            if session.last_used_at < at && at < session.expires_at {
                session.last_used_at = at;
                session.expires_at = lifetime.expires_at(session.created_at, at);
            }
        }
        Ok(())
    }

    async fn delete_expired_sessions(&self, now: Timestamp, most: u32) -> Result<u64, PortError> {
        let mut state = self.read();
        let latest = SessionLifetime::latest_end(now);
        let all = state
            .sessions
            .values()
            .map(|stored| &stored.current.session);
        let ended = all.filter(|one| one.expires_at <= now || one.expires_at > latest);
        let ended: Vec<_> = ended.take(most as usize).map(|one| one.id).collect();
        for id in &ended {
            state.sessions.remove(id);
        }
        Ok(ended.len() as u64)
    }
}

impl State {
    /// Ends all sessions of a user.
    pub(super) fn end_sessions_of(&mut self, id: UserId) {
        self.sessions
            .retain(|_, stored| stored.current.session.user_id != id);
    }

    /// Ends the sessions of a user who gets another password, but one, which goes on.
    pub(super) fn end_sessions_but(
        &mut self,
        id: UserId,
        kept: Option<SessionId>,
        hash: &PasswordHash,
    ) {
        self.sessions.retain(|session_id, stored| {
            stored.current.session.user_id != id || Some(*session_id) == kept
        });
        if let Some(stored) = kept.and_then(|kept| self.sessions.get_mut(&kept)) {
            stored.current.password_hash.clone_from(hash);
        }
    }

    /// Lets the sessions go on that rest on a password whose hash is replaced.
    pub(super) fn renew_sessions(&mut self, id: UserId, old: &PasswordHash, new: &PasswordHash) {
        let all = self.sessions.values_mut().map(|stored| &mut stored.current);
        let theirs = all.filter(|one| one.session.user_id == id && one.password_hash == *old);
        for current in theirs {
            current.password_hash.clone_from(new);
        }
    }

    fn ids_of_sessions(&self, user_id: UserId) -> Vec<SessionId> {
        let all = self.sessions.values().map(|stored| &stored.current.session);
        let theirs = all.filter(|session| session.user_id == user_id);
        theirs.map(|session| session.id).collect()
    }
}
