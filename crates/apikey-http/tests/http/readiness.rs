//! What `GET /readyz` says of each part that fails.

use crate::support::{TestApi, get};
use apikey_domain::port::{
    health::{Fault, Health, Part, PartReport},
    lease::{Lease, LeaseState},
};
use apikey_http::ReadinessCheck;
use async_trait::async_trait;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const ALL: [Part; 4] = [Part::Read, Part::Write, Part::Migrations, Part::Feed];

/// A store of which one part fails.
pub(crate) struct Failing(pub(crate) Option<(Part, Fault)>);

#[async_trait]
impl Health for Failing {
    async fn check(&self) -> Vec<PartReport> {
        let report = |part| match self.0 {
            Some((failing, fault)) if failing == part => {
                PartReport::failed(part, fault, "a secret cause".into())
            }
            _ => PartReport::fine(part),
        };
        ALL.map(report).into()
    }
}

/// Returns what checks a store of which one part fails.
pub(crate) fn failing(part: Part, fault: Fault) -> ReadinessCheck {
    ReadinessCheck::new(Arc::new(Failing(Some((part, fault)))))
}

/// A lease that may become stale.
struct Lenient(LeaseState);

impl Lease for Lenient {
    fn state(&self) -> LeaseState {
        self.0
    }

    fn allows_stale(&self) -> bool {
        true
    }
}

#[actix_web::test]
async fn verbose_names_each_part_and_a_fixed_reason() {
    let mut api = TestApi::new().await;
    let fine = json!({
        "status": "ok",
        "parts": {"read": {"status": "ok"}, "write": {"status": "ok"}, "draining": {"status": "ok"}},
    });
    for query in ["verbose", "verbose=", "verbose=1", "verbose=true"] {
        let answer = api.send(get(&format!("/readyz?{query}"))).await;
        assert_eq!(answer.shown(), json!({"status": 200, "body": fine}));
    }
    for query in ["", "?verbose=0", "?verbose=false", "?other"] {
        let answer = api.send(get(&format!("/readyz{query}"))).await;
        assert_eq!(answer.body, "\"ok\"");
    }
    let invalid = api.send(get("/readyz?verbose=maybe")).await;
    assert_eq!(
        invalid.refusal(),
        "422 Invalid: query.verbose: must be true or false"
    );
    let table = [
        (Part::Read, Fault::Failed, "The database cannot be read"),
        (
            Part::Read,
            Fault::NoAnswer,
            "The database did not answer a read within 1 s",
        ),
        (Part::Write, Fault::Failed, "The database takes no writes"),
        (
            Part::Write,
            Fault::NoAnswer,
            "No write was committed within 1 s",
        ),
        (
            Part::Migrations,
            Fault::Failed,
            "The schema lacks migrations of this release, or cannot be read",
        ),
        (
            Part::Migrations,
            Fault::NoAnswer,
            "The migrations could not be read within 1 s",
        ),
        (
            Part::Feed,
            Fault::Failed,
            "The changes of other servers have not been read for 5 s",
        ),
    ];
    for (part, fault, reason) in table {
        api.state.readiness = failing(part, fault);
        let answer = api.send(get("/readyz?verbose")).await;
        assert_eq!(answer.status, 503);
        assert_eq!(answer.header("retry-after"), "1");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(!answer.body.contains("secret"), "{}", answer.body);
        let shown = answer.json();
        assert_eq!(shown["status"], "unavailable");
        let parts = shown["parts"].as_object().unwrap();
        assert_eq!(parts.len(), ALL.len() + 1);
        for (name, shown) in parts {
            let expected = match *name == part.to_string() {
                true => json!({"status": "failed", "reason": reason}),
                false => json!({"status": "ok"}),
            };
            assert_eq!(*shown, expected, "{name}");
        }
        let refusal = api.send(get("/readyz")).await.refusal();
        let expected = "503 ServiceUnavailable: Temporarily unavailable, try again";
        assert_eq!(refusal, expected);
    }
    let is_draining = &api.state.is_draining;
    is_draining.store(true, std::sync::atomic::Ordering::Relaxed);
    let draining = json!({"status": "failed", "reason": "The server is about to stop"});
    let body = json!({"status": "unavailable", "parts": {"draining": draining}});
    let answer = api.send(get("/readyz?verbose")).await;
    assert_eq!(answer.shown(), json!({"status": 503, "body": body}));
}

#[actix_web::test]
async fn a_node_that_may_serve_stale_data_is_ready_from_the_first_moment() {
    let table = [
        (LeaseState::Held, 200, "stale"),
        (LeaseState::Stale, 200, "stale"),
        (LeaseState::Lapsed, 503, "unavailable"),
    ];
    for (part, fault) in [
        (Part::Read, Fault::NoAnswer),
        (Part::Write, Fault::Failed),
        (Part::Feed, Fault::Failed),
    ] {
        for (state, status, word) in table {
            let mut api = TestApi::new().await;
            api.state.readiness = failing(part, fault);
            api.state.keys.verify.lease = Arc::new(Lenient(state));
            let answer = api.send(get("/readyz")).await;
            assert_eq!(answer.status, status, "{part} {state:?}");
            assert!(status == 503 || answer.body == "\"stale\"");
            let verbose = api.send(get("/readyz?verbose=1")).await;
            let shown = verbose.json();
            assert_eq!((verbose.status, &shown["status"]), (status, &json!(word)));
            assert_eq!(shown["parts"][part.to_string()]["status"], "failed");
            assert_eq!(shown["parts"]["lease"]["status"], "ok");
        }
    }
}

/// A store that is as it is told to be.
#[derive(Clone, Default)]
struct Changing(Arc<Mutex<Option<(Part, Fault)>>>);

#[async_trait]
impl Health for Changing {
    async fn check(&self) -> Vec<PartReport> {
        let failing = *self.0.lock().unwrap();
        Failing(failing).check().await
    }
}

#[actix_web::test]
async fn a_part_that_is_fine_again_makes_the_server_ready() {
    let (mut api, store) = (TestApi::new().await, Changing::default());
    api.state.readiness = ReadinessCheck::new(Arc::new(store.clone()));
    let status = async || api.send(get("/readyz")).await.status;
    assert_eq!(status().await, 200);
    *store.0.lock().unwrap() = Some((Part::Write, Fault::Failed));
    assert_eq!((status().await, status().await), (503, 503));
    *store.0.lock().unwrap() = None;
    assert_eq!(status().await, 200);
    let shown = api.send(get("/readyz?verbose")).await.json();
    assert_eq!(shown["parts"]["write"], json!({"status": "ok"}));
    assert_eq!(shown["parts"].get("lease"), None::<&Value>);
}
