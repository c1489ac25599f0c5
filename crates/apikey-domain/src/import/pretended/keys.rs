//! The keys that there would be by now.

use super::taken::Taken;
use crate::{
    identifier::{ApiKeyId, PrincipalId, UserId},
    import::{
        draft::{KeyDraft, KeyHolder},
        facts::{Current, Facts, KeyFacts},
    },
    key::{api_key::ApiKey, key_name::KeyName},
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The names, access keys and ids of keys, as numbers.
#[derive(Default)]
pub(super) struct Keys {
    names: Taken<u64>,
    access_keys: BTreeMap<u64, ApiKeyId>,
    ids: BTreeSet<i64>,
}

// === impl Keys ===

impl Keys {
    /// Adds which names, access keys and ids would be taken by now.
    pub(super) fn add_to(&self, draft: &KeyDraft, facts: &mut KeyFacts) {
        let of = match &facts.current {
            Some(key) => Some((key.user_id, key.owner_principal_id)),
            None => facts.whose(draft),
        };
        if let Some(of) = of {
            let names = draft.names.iter().map(KeyName::as_str);
            let is_taken = |name: &&str| {
                let was_taken = facts.taken.contains(*name);
                self.names.has(&named(of, name), was_taken)
            };
            facts.taken = names.filter(is_taken).map(str::to_owned).collect();
        }
        let access_key = number(&[draft.access_key.as_str()]);
        let holder = self.access_keys.get(&access_key).copied();
        facts.holder = facts.holder.or(holder);
        let id = draft.id.unwrap_or_default();
        facts.is_id_free &= !self.ids.contains(&id);
    }

    pub(super) fn create(
        &mut self,
        draft: &KeyDraft,
        (kept, given): (Option<i64>, i64),
        name: &KeyName,
        holder: &KeyHolder,
    ) {
        let of = (holder.user_id, holder.owner);
        self.names.take(named(of, name.as_str()));
        let access_key = number(&[draft.access_key.as_str()]);
        self.access_keys.insert(access_key, ApiKeyId(given));
        self.ids.extend(kept);
    }

    pub(super) fn change(&mut self, facts: &Facts, after: &ApiKey) {
        let before = match facts {
            Facts::Key(facts) => facts.current.as_ref(),
            Facts::Gone(facts) => match &facts.current {
                Some(Current::Key(key)) => Some(&**key),
                _ => None,
            },
            _ => None,
        };
        let name_of =
            |key: &ApiKey| named((key.user_id, key.owner_principal_id), key.name.as_str());
        if let Some(before) = before.filter(|before| before.holds_name()) {
            self.names.free(name_of(before));
        }
        if after.holds_name() {
            self.names.take(name_of(after));
        }
    }
}

fn named((user, owner): (UserId, PrincipalId), name: &str) -> u64 {
    number(&[&user.to_string(), &owner.to_string(), name])
}

/// Returns a number that no two texts share, but for one in many millions.
fn number(texts: &[&str]) -> u64 {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text.as_bytes());
    }
    let digest = digest.finalize();
    let first = digest.iter().take(8);
    first.fold(0, |number, byte| number << 8 | u64::from(*byte))
}
