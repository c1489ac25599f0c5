//! A clock that shows a time which cannot be judges nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    Error,
    gpustack::{AllowedModelNames, ScopeSet},
    identity::password::PlainPassword,
    key::{expiry::Lifetime, key_name::KeyName},
    use_case::{
        identity::sign_in::with_password,
        keys::{
            authenticate::with_key,
            create_api_key::{CreateApiKey, create_api_key},
            read_api_key::explain_api_key,
            verify::{Freshness, verify},
        },
    },
    verification::Wanted,
};
use apikey_testing::{TestApp, test_app::in_own_principal};
use futures_executor::block_on;
use std::time::Duration;

const YEAR: i64 = 365 * 86_400;

fn request(name: &str, lifetime: Lifetime) -> CreateApiKey {
    CreateApiKey {
        name: KeyName::parse(name).unwrap(),
        description: None,
        scope: ScopeSet::default(),
        allowed_model_names: AllowedModelNames::default(),
        metadata: Default::default(),
        self_rotation: false,
        lifetime,
        custom: None,
        user_id: None,
        replaces_expired: false,
    }
}

#[test]
fn neither_keys_nor_passwords_are_judged_whether_they_expire_or_not() {
    block_on(async {
        let app = TestApp::new();
        let alice = app.user("alice").await;
        let (mut keys, mut ids) = (Vec::new(), Vec::new());
        let short = Lifetime::For(Duration::from_secs(60));
        for (name, lifetime) in [("lasting", Lifetime::Unlimited), ("short", short)] {
            let context = in_own_principal(&alice);
            let request = request(name, lifetime);
            let created = create_api_key(&context, &app.keys, request).await.unwrap();
            keys.push(created.value.expose().to_owned());
            ids.push(created.api_key.id);
        }
        // In 1966, in 1970, and beyond the calendar.
        for years in [-60, -56, 9_000] {
            app.clock.advance_seconds(years * YEAR);
            for key in &keys {
                for freshness in [Freshness::Current, Freshness::FromStore] {
                    let verified =
                        verify(&app.keys.verify, key, Wanted::whatever_scope(), freshness).await;
                    assert!(matches!(verified, Err(Error::Unavailable(_))));
                }
                let caller = with_key(&app.keys, key).await;
                assert!(matches!(caller, Err(Error::Unavailable(_))));
            }
            let context = in_own_principal(&alice);
            let wanted = Wanted::whatever_scope();
            let explained = explain_api_key(&context, &app.keys, ids[0], wanted, None).await;
            assert!(matches!(explained, Err(Error::Unavailable(_))));
            let replacing = CreateApiKey {
                replaces_expired: true,
                ..request("short", short)
            };
            let created = create_api_key(&context, &app.keys, replacing).await;
            assert!(matches!(created, Err(Error::Unavailable(_))));
            let password = PlainPassword::new("Passw0rd_1");
            let caller = with_password(&app.identity, "alice", password, None).await;
            assert!(matches!(caller, Err(Error::Unavailable(_))));
            app.clock.advance_seconds(-years * YEAR);
            assert!(with_key(&app.keys, &keys[0]).await.is_ok());
        }
    });
}
