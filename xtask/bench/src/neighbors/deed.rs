//! What the well-behaved tenant does, at fixed rates.

use crate::{
    keys::{stored, write_stored},
    load::{paced::Kind, template::Template, visitor::FillNumbered},
    neighbors::request,
};
use std::{io::Write, net::SocketAddr, sync::Arc, time::Duration};
use xtask_harness::random::scattered;

/// What is asked to verify a key.
pub(super) const VERIFY: &str = "/auth/verify?scope=inference";

/// How many connections do each deed.
const CONNECTIONS: u32 = 16;

/// How many keys are in memory.
pub(super) const HOT_KEYS: u64 = 1_000;

/// What the tenant does. The rates leave two cores most of their time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// Verifies a key that is in memory.
    Cached,
    /// Verifies a key that the server has never seen.
    FirstSight,
    /// Creates a key.
    Create,
    /// Deletes a key: answered when no node accepts it any more.
    Revoke,
}

/// The keys of the tenant, and which of them were used up.
pub(super) struct Supply {
    /// The ids of keys that are there to be deleted.
    revocable: Arc<[i64]>,
    /// For how many seconds, at the rates, the tenant has been at work.
    seconds: u64,
}

// === impl Deed ===

impl Deed {
    pub(super) const ALL: [Self; 4] = [Self::Cached, Self::FirstSight, Self::Create, Self::Revoke];

    /// Returns what it is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Cached => "a cached key verified",
            Self::FirstSight => "a key's first sight",
            Self::Create => "a key created",
            Self::Revoke => "a key deleted",
        }
    }

    /// Returns how often a second the tenant does it.
    pub(super) fn per_second(self) -> u32 {
        match self {
            Self::Cached => 200,
            Self::FirstSight => 100,
            Self::Create | Self::Revoke => 40,
        }
    }

    fn request(self) -> Template {
        // The tenant's own key is the first one.
        let key = stored(0);
        match self {
            Self::Cached | Self::FirstSight => Template::get(VERIFY),
            Self::Create => Template::create_key(&key),
            Self::Revoke => request::delete_key(&key),
        }
    }
}

// === impl Supply ===

impl Supply {
    /// Returns how many keys the tenant needs to be at work for so long: those in
    /// memory, those that are to be seen, and those that are to be deleted.
    pub(super) fn keys_for(time: Duration) -> [u64; 3] {
        let enough = |deed: Deed| (time.as_secs() + 1) * u64::from(deed.per_second());
        [HOT_KEYS, enough(Deed::FirstSight), enough(Deed::Revoke)]
    }

    /// Returns a supply that nothing was taken from.
    pub(super) fn new(revocable: Vec<i64>) -> Self {
        Self {
            revocable: revocable.into(),
            seconds: 0,
        }
    }

    /// Returns the requests that follow, to a server.
    pub(super) fn kinds(&self, to: SocketAddr) -> Vec<Kind> {
        let kind = |deed: Deed| Kind {
            request: deed.request(),
            fill_slot: self.fill(deed),
            first: self.seconds * u64::from(deed.per_second()),
            ..self.empty_kind(to, deed)
        };
        Deed::ALL.map(kind).to_vec()
    }

    /// Returns as many requests of each kind to an empty handler. They have no body,
    /// which it would not read.
    pub(super) fn empty_kinds(&self, to: SocketAddr) -> Vec<Kind> {
        Deed::ALL.map(|deed| self.empty_kind(to, deed)).to_vec()
    }

    /// Says that the tenant was at work for a time.
    pub(super) fn take(&mut self, time: Duration) {
        self.seconds += time.as_secs() + 1;
    }

    fn empty_kind(&self, to: SocketAddr, deed: Deed) -> Kind {
        Kind {
            to,
            request: Deed::Cached.request(),
            fill_slot: self.fill(Deed::Cached),
            first: 0,
            connections: CONNECTIONS,
            per_second: deed.per_second(),
            status: 200,
        }
    }

    fn fill(&self, deed: Deed) -> FillNumbered {
        match deed {
            Deed::Cached => {
                Arc::new(|number, slot| write_stored(scattered(number) % HOT_KEYS, slot))
            }
            Deed::FirstSight => Arc::new(|number, slot| write_stored(HOT_KEYS + number, slot)),
            Deed::Create => Arc::new(write_number),
            Deed::Revoke => {
                let ids = Arc::clone(&self.revocable);
                Arc::new(move |number, slot| {
                    let id = ids.get(number as usize).copied().unwrap_or_default();
                    write_number(id.unsigned_abs(), slot);
                })
            }
        }
    }
}

/// Writes a number with as many digits as there is room for.
pub(super) fn write_number(number: u64, mut slot: &mut [u8]) {
    let written = write!(slot, "{number:0width$}", width = slot.len());
    written.expect("there is room for a number");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_deleted_or_seen_first_twice() {
        let mut supply = Supply::new((1..=1_000).collect());
        let first = |supply: &Supply| supply.kinds(([127, 0, 0, 1], 1).into())[3].first;
        let begin = first(&supply);
        supply.take(Duration::from_millis(2_500));
        assert_eq!(first(&supply) - begin, 3 * 40);
        let kind = supply.kinds(([127, 0, 0, 1], 1).into()).pop().unwrap();
        let mut slot = *b"---------";
        (kind.fill_slot)(kind.first, &mut slot);
        assert_eq!(&slot, b"000000121");
    }
}
