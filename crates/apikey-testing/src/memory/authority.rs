//! Judging the writes of the in-memory store.

use super::state::State;
use apikey_domain::{
    access::{
        attribution::Attribution,
        authority::{Authority, CurrentKey, CurrentRights, CurrentUser, Grounds},
    },
    error::PortError,
};

impl State {
    /// Judges what a write rests on. The caller holds the lock of the store until the
    /// write is done.
    pub(super) fn judge(&self, by: &Authority) -> Result<Attribution, PortError> {
        let rights = by.grounds().map(|grounds| self.current_rights(grounds));
        by.judge(&rights.unwrap_or_default())
            .map_err(PortError::Denied)
    }

    pub(super) fn current_rights(&self, grounds: Grounds) -> CurrentRights {
        let Grounds {
            user_id,
            key_id,
            credential,
            session_id,
            principal_id,
        } = grounds;
        let session = session_id.and_then(|id| self.sessions.get(&id));
        let key = key_id.and_then(|id| self.keys.get(&id));
        let standing = principal_id.map(|id| self.standing(user_id, id));
        CurrentRights {
            user: self.users.get(&user_id).map(CurrentUser::of),
            key: key.map(|stored| CurrentKey::of(&stored.api_key, credential)),
            session: session.map(|stored| stored.current.clone()),
            standing: standing.unwrap_or_default(),
        }
    }
}
