//! A service with users of its own, over the library alone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "key_ring/fixture.rs"]
mod fixture;

use apikey_domain::{
    error::PortError,
    key_ring::{
        CustomKey, IssueError, KeyRing, Lifetime, MemoryStore, Peppers, Refused, SystemSecrets,
    },
    port::{clock::Clock, secret_source::SecretSource},
    testing::ManualClock,
};
use fixture::{PEPPER, prefix, ring};
use futures_executor::block_on;
use std::sync::Arc;
use uuid::Uuid;

#[test]
fn a_key_is_issued_verified_and_revoked() {
    block_on(async {
        let ring = ring(MemoryStore::new(), Arc::default());
        let alice = Uuid::new_v4();
        let key = ring
            .issue(alice, ["read"], Lifetime::Unlimited)
            .await
            .unwrap();
        assert!(key.expose().starts_with("acme_") && key.expose().len() == 54);
        assert_eq!(key.mask(), format!("{}***", &key.expose()[..9]));
        let verified = ring.verify(key.expose()).await.unwrap();
        assert_eq!((*verified.owner(), verified.id()), (alice, key.id()));
        assert!(verified.require("read").is_ok());
        assert!(matches!(
            verified.require("write"),
            Err(Refused::ScopeMissing)
        ));
        assert!(ring.revoke(key.id()).await.unwrap());
        assert!(matches!(
            ring.verify(key.expose()).await,
            Err(Refused::Unknown)
        ));
        assert!(!ring.revoke(key.id()).await.unwrap());
        assert!(ring.store().is_empty());
    });
}

#[test]
fn a_key_without_scopes_is_valid_and_grants_nothing() {
    block_on(async {
        let ring = ring(MemoryStore::new(), Arc::default());
        let key = ring
            .issue("alice", [""; 0], Lifetime::Unlimited)
            .await
            .unwrap();
        let verified = ring.verify(key.expose()).await.unwrap();
        for scope in ["", "*", "read"] {
            assert!(verified.require(scope).is_err(), "{scope:?}");
        }
    });
}

#[test]
fn a_key_is_refused_from_the_instant_of_its_expiry() {
    block_on(async {
        let clock = Arc::new(ManualClock::new());
        let ring = ring(MemoryStore::new(), Arc::clone(&clock));
        let key = ring
            .issue("alice", ["read"], Lifetime::hours(1))
            .await
            .unwrap();
        clock.advance_seconds(3_599);
        assert!(ring.verify(key.expose()).await.is_ok());
        clock.advance_seconds(1);
        assert!(matches!(
            ring.verify(key.expose()).await,
            Err(Refused::Expired)
        ));
        // Whoever has another secret learns nothing of its expiry.
        let wrong = format!("{}0", &key.expose()[..53]);
        assert!(matches!(ring.verify(&wrong).await, Err(Refused::Unknown)));
    });
}

#[test]
fn no_lifetime_in_the_past_and_none_of_zero_makes_a_key() {
    block_on(async {
        let clock = ManualClock::new();
        let now = clock.now();
        let ring = ring(MemoryStore::new(), Arc::new(clock));
        let zero = std::time::Duration::ZERO;
        for lifetime in [
            Lifetime::For(zero),
            Lifetime::Until(now),
            Lifetime::days(u32::MAX),
        ] {
            let refused = ring.issue("alice", ["read"], lifetime).await.unwrap_err();
            assert!(
                matches!(refused, IssueError::Invalid(invalid) if invalid.field.starts_with("expires_"))
            );
        }
        assert!(ring.store().is_empty());
    });
}

#[test]
fn text_that_is_no_key_of_this_ring_is_refused() {
    block_on(async {
        let ring = ring(MemoryStore::new(), Arc::default());
        let key = ring
            .issue("alice", ["read"], Lifetime::Unlimited)
            .await
            .unwrap();
        let long = "x".repeat(513);
        let malformed = [
            "",
            "short",
            "with a blank in it",
            "schlüssel-0123456789",
            &long,
        ];
        for text in malformed {
            assert!(
                matches!(ring.verify(text).await, Err(Refused::Malformed)),
                "{text:?}"
            );
        }
        let swapped = key.expose().replace("acme", "emca");
        let upper = key.expose().to_uppercase();
        for text in [
            &*swapped,
            &*upper,
            "acme_0000000000000000_",
            "acme________________",
        ] {
            assert!(
                matches!(ring.verify(text).await, Err(Refused::Unknown)),
                "{text:?}"
            );
        }
    });
}

#[test]
fn an_old_pepper_verifies_and_a_lost_one_does_not() {
    block_on(async {
        let store = Arc::new(MemoryStore::new());
        let with = |hex: &str| {
            let peppers = Peppers::from_hex(hex).unwrap();
            KeyRing::new(Arc::clone(&store), prefix(), peppers)
        };
        let key = with(PEPPER)
            .issue("alice", ["read"], Lifetime::Unlimited)
            .await
            .unwrap();
        let other = "07".repeat(32);
        let rotated = with(&format!("{other},{PEPPER}"));
        assert!(rotated.verify(key.expose()).await.is_ok());
        assert!(with(&other).verify(key.expose()).await.is_err());
    });
}

#[test]
fn an_imported_key_is_one_that_is_not_easy_to_guess() {
    block_on(async {
        let ring = ring(MemoryStore::new(), Arc::default());
        let import = async |text: &str| {
            let key = CustomKey::new(text);
            ring.import(key, "alice", ["read"], Lifetime::Unlimited)
                .await
        };
        for text in [
            "aaaaaaaaaaaaaaaa",
            "1234567890123456",
            "passwordpassword",
            "acme_9f86d081884c7d65_password",
            "acme_9f86d081884c7d65_acme_9f86d0",
            "too-short",
        ] {
            let refused = import(text).await.unwrap_err();
            assert!(matches!(refused, IssueError::Invalid(invalid) if invalid.field == "custom"));
        }
        let text = "sk-Zx8Q2mVt7LpR4kNcJw5B";
        let key = import(text).await.unwrap();
        assert_eq!((key.expose(), key.mask()), (text, "Custom API Key"));
        assert_eq!(*ring.verify(text).await.unwrap().owner(), "alice");
        assert!(matches!(import(text).await, Err(IssueError::Taken)));
        let standard = import("acme_legacy_9f86d081884c7d659a2feaa0")
            .await
            .unwrap();
        assert_eq!(standard.mask(), "acme_***");
    });
}

#[test]
fn nothing_secret_is_printed() {
    block_on(async {
        let ring = ring(MemoryStore::new(), Arc::default());
        let key = ring
            .issue("alice", ["read"], Lifetime::Unlimited)
            .await
            .unwrap();
        let record = key.stored().to_record();
        let texts = [
            format!("{key:?}"),
            format!("{record:?}"),
            format!("{:?}", ring.verify(key.expose()).await),
            format!("{:?}", ring.verify("acme_0000000000000000_x").await),
        ];
        let (secret, digest) = (&key.expose()[22..], &record.digest[21..]);
        for text in texts {
            let shows = [secret, digest, &record.access_key].map(|part| text.contains(part));
            assert_eq!(shows, [false; 3], "{text}");
        }
    });
}

#[test]
fn a_clock_that_is_certainly_wrong_judges_nothing() {
    block_on(async {
        let clock = Arc::new(ManualClock::new());
        let ring = ring(MemoryStore::new(), Arc::clone(&clock));
        let key = ring
            .issue("alice", ["a"], Lifetime::Unlimited)
            .await
            .unwrap();
        clock.advance_seconds(-60 * 365 * 86_400);
        assert!(matches!(
            ring.verify(key.expose()).await,
            Err(Refused::Unavailable(_))
        ));
        let issued = ring.issue("alice", ["a"], Lifetime::Unlimited).await;
        assert!(matches!(issued, Err(IssueError::Unavailable(_))));
    });
}

/// A source of nothing.
struct NoSecrets;

impl SecretSource for NoSecrets {
    fn fill(&self, _: &mut [u8]) -> Result<(), PortError> {
        Err(PortError::Unavailable("no entropy".into()))
    }
}

#[test]
fn without_randomness_there_is_no_key() {
    block_on(async {
        let peppers = Peppers::generate(&SystemSecrets).unwrap();
        assert!(Peppers::generate(&NoSecrets).is_err());
        let store: MemoryStore<u8> = MemoryStore::new();
        let clock = Arc::new(ManualClock::new());
        let ring = KeyRing::with_system(store, prefix(), peppers, Arc::new(NoSecrets), clock);
        let issued = ring.issue(1, ["a"], Lifetime::Unlimited).await;
        assert!(matches!(issued, Err(IssueError::Unavailable(_))));
        assert!(ring.store().is_empty());
    });
}
