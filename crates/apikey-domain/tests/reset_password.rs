//! A new password that is given by whoever runs the service.

use apikey_domain::{
    Error,
    access::attribution::Attribution,
    change::{Position, event::EventFilter},
    error::Missing,
    identity::password::PlainPassword,
    use_case::identity::{
        reset_password::{hash_new, reset_password},
        sign_in::with_password,
    },
};
use apikey_testing::TestApp;
use futures_executor::block_on;

const OLD: &str = "Passw0rd_1";
const NEW: &str = "N3w_password";

async fn reset(app: &TestApp, username: &str, password: &str) -> Result<(), Error> {
    let ports = &app.identity;
    let hash = hash_new(&*ports.password_hasher, PlainPassword::new(password)).await?;
    let reset = reset_password(&*ports.directory, &*ports.clock, username, hash);
    reset.await.map(drop)
}

async fn signs_in(app: &TestApp, password: &str) -> bool {
    let password = PlainPassword::new(password);
    with_password(&app.identity, "alice", password, None)
        .await
        .is_ok()
}

#[test]
fn a_reset_ends_the_old_password_also_where_it_is_remembered_and_is_recorded_as_the_service() {
    block_on(async {
        let app = TestApp::new();
        app.user("alice").await;
        assert!(signs_in(&app, OLD).await);
        reset(&app, "alice", NEW).await.unwrap();
        assert!(!signs_in(&app, OLD).await);
        assert!(signs_in(&app, NEW).await);
        let all = EventFilter::default();
        let log = &app.keys.server.event_log;
        let events = log.list_events(&all, Position::START, 10).await.unwrap();
        let by_service = Attribution::system(app.identity.clock.now());
        assert!(events.events.len() > 1);
        assert!(
            events
                .events
                .iter()
                .all(|event| event.attribution == by_service)
        );
    });
}

#[test]
fn a_weak_password_an_unknown_user_and_a_wrong_clock_change_nothing() {
    block_on(async {
        let app = TestApp::new();
        app.user("alice").await;
        let weak = reset(&app, "alice", "weak").await;
        assert!(matches!(weak, Err(Error::Invalid(_))), "{weak:?}");
        let unknown = reset(&app, "Alice", NEW).await;
        let is_unknown = matches!(unknown, Err(Error::NotFound(Missing::User)));
        assert!(is_unknown, "{unknown:?}");
        app.clock.advance_seconds(-60 * 365 * 86_400);
        let early = reset(&app, "alice", NEW).await;
        assert!(matches!(early, Err(Error::Unavailable(_))), "{early:?}");
        app.clock.advance_seconds(60 * 365 * 86_400);
        assert!(signs_in(&app, OLD).await);
    });
}
