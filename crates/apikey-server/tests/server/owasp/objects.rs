//! API1: broken object level authorization. Nobody reaches a thing of another by its
//! id.

use super::world::{Caller, World};
use crate::support::{Kind, client::answer};
use reqwest::Method;
use serde_json::{Value, json};

/// A request for something that is alice's or acme's.
type Attempt = (Method, String, Value);

/// Returns what is tried.
fn attempts(world: &World) -> Vec<Attempt> {
    let change = json!({"description": "taken", "name": "taken", "full_name": "taken"});
    let (own, team) = (world.own_key.0, world.team_key.0);
    let (alice, acme) = (world.alice, world.acme);
    let mut attempts = Vec::new();
    let mut add = |method: &Method, path: String, body: &Value| {
        attempts.push((method.clone(), path, body.clone()));
    };
    for key in [own, team] {
        add(&Method::PUT, format!("/v2/api-keys/{key}"), &change);
        add(&Method::DELETE, format!("/v2/api-keys/{key}"), &Value::Null);
        add(&Method::GET, format!("/v2/api-keys/{key}"), &Value::Null);
        let explain = format!("/v2/api-keys/{key}/explain");
        add(&Method::POST, explain, &json!({"scope": "inference"}));
    }
    let user = format!("/v2/users/{alice}");
    let organization = format!("/v2/organizations/{acme}");
    for path in [&user, &organization] {
        add(&Method::GET, path.clone(), &Value::Null);
        add(&Method::PUT, path.clone(), &change);
        add(&Method::DELETE, path.clone(), &Value::Null);
    }
    let off = json!({"is_active": false});
    add(&Method::PATCH, format!("{user}/activation"), &off);
    let members = format!("{organization}/members");
    add(&Method::GET, members.clone(), &Value::Null);
    let one_more = json!({"user_id": 1, "role": "admin"});
    add(&Method::POST, members.clone(), &one_more);
    let member = format!("{members}/{alice}");
    add(&Method::PUT, member.clone(), &json!({"role": "user"}));
    add(&Method::DELETE, member, &Value::Null);
    for filter in ["user_id", "organization_id", "api_key_id"] {
        let path = format!("/v2/events?{filter}={alice}");
        add(&Method::GET, path, &Value::Null);
    }
    attempts
}

async fn try_all(world: &World, caller: &Caller) {
    for (method, path, body) in attempts(world) {
        for organization in [None, Some(world.acme)] {
            let request = world.request(caller, method.clone(), &path, organization);
            let request = match body {
                Value::Null => request,
                _ => request.json(&body),
            };
            let (status, answer) = answer(request).await;
            let is_refused = match caller.always {
                Some(wanted) => status == wanted,
                None => matches!(status, 403 | 404),
            };
            assert!(
                is_refused,
                "{} gets {status} for {method} {path} with {organization:?}: {answer}",
                caller.name
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reaches_a_thing_of_another_by_its_id_and_nothing_changes() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let world = World::new(kind).await;
        let callers = world.callers().await;
        let before = world.state().await;
        for caller in &callers {
            try_all(&world, caller).await;
        }
        assert_eq!(world.state().await, before, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_watches_show_nothing_of_another() {
    let world = World::new(Kind::Sqlite).await;
    let callers = world.callers().await;
    for caller in callers.iter().filter(|caller| caller.always.is_none()) {
        for path in [
            "/v2/api-keys?page=-1".to_owned(),
            "/v2/api-keys?page=-1&user_id=*".to_owned(),
            format!("/v2/api-keys?page=-1&user_id={}", world.alice),
            "/v2/api-keys?search=key".to_owned(),
        ] {
            for organization in [None, Some(world.acme)] {
                let request = world.request(caller, Method::GET, &path, organization);
                let (status, list) = answer(request).await;
                let shown = list.to_string();
                assert!(matches!(status, 200 | 403), "{}: {shown}", caller.name);
                assert!(!shown.contains("alice"), "{} sees {shown}", caller.name);
            }
        }
        let path = "/v2/users/me/organizations";
        let request = world.request(caller, Method::GET, path, None);
        let shown = answer(request).await.1.to_string();
        let is_member = caller.name.starts_with("a member");
        assert_eq!(shown.contains("acme"), is_member, "{}", caller.name);
    }
    let watching = world.request(&callers[7], Method::GET, "/v2/api-keys?watch=true", None);
    let mut stream = watching.send().await.unwrap();
    let first = String::from_utf8(stream.chunk().await.unwrap().unwrap().to_vec());
    assert!(first.unwrap().contains("mallory"));
    let path = format!("/v2/api-keys/{}", world.own_key.0);
    let change = world.as_alice(Method::PUT, &path);
    let change = change.json(&json!({"description": "changed"}));
    assert_eq!(answer(change).await.0, 200);
    let wait = std::time::Duration::from_secs(1);
    let more = tokio::time::timeout(wait, stream.chunk()).await;
    assert!(more.is_err(), "mallory sees {more:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thing_of_another_is_refused_like_one_that_does_not_exist() {
    let world = World::new(Kind::Sqlite).await;
    let callers = world.callers().await;
    let missing = 999_999;
    let (own, team) = (world.own_key.0, world.team_key.0);
    for caller in callers.iter().filter(|caller| caller.always.is_none()) {
        let refusal = async |method: Method, path: String, id: i64| {
            let path = path.replace("ID", &id.to_string());
            let request = world.request(caller, method, &path, None);
            let (status, body) = answer(request.json(&json!({"user_id": 1}))).await;
            (status, body.to_string().replace(&id.to_string(), "ID"))
        };
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let path = "/v2/api-keys/ID".to_owned();
            let of_nobody = refusal(method.clone(), path.clone(), missing).await;
            for key in [own, team] {
                let of_alice = refusal(method.clone(), path.clone(), key).await;
                assert_eq!(of_alice, of_nobody, "{}", caller.name);
            }
        }
        let path = "/v2/users/ID".to_owned();
        let of_nobody = refusal(Method::PUT, path.clone(), missing).await;
        let of_alice = refusal(Method::PUT, path, world.alice).await;
        assert_eq!(of_alice, of_nobody, "{}", caller.name);
        if !caller.name.starts_with("a member") {
            let path = "/v2/organizations/ID/members".to_owned();
            let of_nobody = refusal(Method::POST, path.clone(), missing).await;
            let of_acme = refusal(Method::POST, path, world.acme).await;
            assert_eq!(of_acme, of_nobody, "{}", caller.name);
        }
    }
}
