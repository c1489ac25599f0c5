//! How many attempts of one credential there are at once.

use super::ids::CredentialId;
use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc};

/// How many different secrets of one credential are computed or wait for it at once.
/// Without this, whoever knows the public half of one key could fill the queue from many
/// networks.
const MOST: usize = 4;

type Taken = Arc<Mutex<HashMap<CredentialId, usize>>>;

/// The places of the attempts of each credential.
#[derive(Default)]
pub(super) struct Places(Taken);

/// A place, which is left when it is dropped.
pub(super) struct Place {
    taken: Taken,
    credential: CredentialId,
}

// === impl Places ===

impl Places {
    /// Takes a place, if there is one.
    pub(super) fn take(&self, credential: CredentialId) -> Option<Place> {
        let mut taken = self.0.lock();
        let of_one = taken.entry(credential).or_default();
        if *of_one >= MOST {
            return None;
        }
        *of_one += 1;
        Some(Place {
            taken: Arc::clone(&self.0),
            credential,
        })
    }
}

// === impl Place ===

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock();
        let Some(of_one) = taken.get_mut(&self.credential) else {
            return;
        };
        *of_one -= 1;
        if *of_one == 0 {
            taken.remove(&self.credential);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{identifier::ApiKeyId, key::credential::CredentialNumber};

    #[test]
    fn a_credential_has_a_few_places_and_takes_none_of_others() {
        let places = Places::default();
        let (one, other) = (ApiKeyId(1), ApiKeyId(2));
        let take = |id| places.take((id, CredentialNumber::FIRST));
        let mut taken: Vec<_> = (0..MOST).map(|_| take(one).unwrap()).collect();
        assert!(take(one).is_none());
        assert!(take(other).is_some());
        taken.pop();
        assert!(take(one).is_some());
        drop(taken);
        assert!(places.0.lock().is_empty());
    }
}
