//! A right that ends while the body of its request is held back.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
    held_request::HeldRequest,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::time::Duration;
use xtask_harness::server::ADMIN_PASSWORD as PASSWORD;

/// One change of an admin.
type Change = (Method, String, Value);

/// Alice, a platform admin and an admin of acme, through one server, and the first
/// administrator through another one or the same.
struct World {
    server: TestServer,
    alice: Client,
    admin: Client,
    user: i64,
    acme: i64,
    key: (i64, String),
}

// === impl World ===

impl World {
    async fn new(server: TestServer, admin: Client) -> Self {
        let alice = Client::new(&server);
        let user = admin.user("alice").await;
        let promoted = json!({"is_admin": true});
        let path = format!("/v2/users/{user}");
        admin.change(Method::PUT, &path, promoted).await;
        let acme = admin.organization("acme").await;
        let first = admin.user("first").await;
        for user in [user, first] {
            let member = json!({"user_id": user, "role": "admin"});
            let path = format!("/v2/organizations/{acme}/members");
            admin.change(Method::POST, &path, member).await;
        }
        let key = alice.own_key("alice").await;
        Self {
            server,
            alice,
            admin,
            user,
            acme,
            key,
        }
    }

    fn with_password(&self, method: Method, path: &str, body: &Value) -> RequestBuilder {
        let request = self.alice.request(method, path).json(body);
        request.basic_auth("alice", Some(PASSWORD))
    }

    fn with_key(&self, method: Method, path: &str, body: &Value) -> RequestBuilder {
        let request = self.alice.request(method, path).json(body);
        request.bearer_auth(&self.key.1)
    }

    /// Ends a right while a request is under way; returns what that is answered.
    async fn answer_after(&self, request: RequestBuilder, changes: Vec<Change>) -> (u16, String) {
        let held = HeldRequest::send(self.server.address, request).await;
        for (method, path, body) in changes {
            self.admin.change(method, &path, body).await;
        }
        held.finish()
    }

    /// Returns what was recorded of things that are named late.
    async fn late(&self) -> Vec<Value> {
        let request = self.admin.as_admin(Method::GET, "/v2/events?limit=1000");
        let (status, page) = answer(request).await;
        assert_eq!(status, 200, "{page}");
        let events = page["items"].as_array().unwrap().iter();
        let late = events.filter(|event| event.to_string().contains("late"));
        late.cloned().collect()
    }

    /// Everything that may end, in this order, each with the request it ends.
    fn losses(&self) -> Vec<(RequestBuilder, Change, u16)> {
        let (user, acme) = (format!("/v2/users/{}", self.user), self.acme);
        let member = format!("/v2/organizations/{acme}/members/{}", self.user);
        let own = format!("/v2/api-keys/{}", self.key.0);
        let new_key = json!({"name": "late"});
        let named = json!({"description": "late"});
        let create = "/v2/api-keys";
        let in_acme = self.with_password(Method::POST, create, &new_key);
        let in_acme = in_acme.header("x-organization-id", acme);
        let person = json!({"username": "late", "password": PASSWORD});
        let name = json!({"full_name": "late"});
        let members = format!("/v2/organizations/{acme}/members");
        vec![
            (
                self.with_key(Method::PUT, &own, &named),
                (Method::PUT, own.clone(), json!({"scope": ["inference"]})),
                403,
            ),
            (
                self.with_password(Method::POST, "/v2/users", &person),
                (Method::PUT, user.clone(), json!({"is_admin": false})),
                403,
            ),
            (
                self.with_password(Method::POST, &members, &json!({"user_id": 1})),
                (Method::PUT, member.clone(), json!({"role": "user"})),
                403,
            ),
            (in_acme, (Method::DELETE, member, Value::Null), 403),
            (
                self.with_password(Method::PUT, "/v2/users/me", &name),
                (Method::PUT, user.clone(), json!({"password": "Changed_2"})),
                401,
            ),
        ]
    }
}

async fn a_lost_right_ends_what_is_under_way(world: World) {
    for (request, loss, expected) in world.losses() {
        let (status, answer) = world.answer_after(request, vec![loss.clone()]).await;
        assert_eq!(status, expected, "{loss:?}: {answer}");
    }
    // With the password as it was, and a new key.
    let (user, acme) = (format!("/v2/users/{}", world.user), world.acme);
    let reset = json!({"password": PASSWORD});
    world.admin.change(Method::PUT, &user, reset).await;
    let (id, key) = world.alice.own_key("alice").await;
    let create = || world.alice.request(Method::POST, "/v2/api-keys");
    let late = json!({"name": "late"});

    let kept = json!({"name": "kept", "expires_in": 2});
    let by_key = create().json(&kept).bearer_auth(&key);
    let (status, kept) = world.answer_after(by_key, Vec::new()).await;
    assert_eq!(status, 200, "{kept}");
    let (_, kept) = kept.split_once("\"value\":\"").unwrap();
    let (kept, _) = kept.split_once('"').unwrap();
    let expired = create().json(&late).bearer_auth(kept);
    let expired = HeldRequest::send(world.server.address, expired).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(expired.finish().0, 401);

    let deletion = (Method::DELETE, format!("/v2/api-keys/{id}"), Value::Null);
    let by_key = create().json(&late).bearer_auth(&key);
    let (status, text) = world.answer_after(by_key, vec![deletion]).await;
    assert_eq!(status, 401, "{text}");
    assert!(text.contains("error=\"invalid_token\""), "{text}");

    let members = format!("/v2/organizations/{acme}/members");
    let again = json!({"user_id": world.user});
    world.admin.change(Method::POST, &members, again).await;
    let by_alice = || create().json(&late).basic_auth("alice", Some(PASSWORD));
    let in_acme = by_alice().header("x-organization-id", acme);
    let path = format!("/v2/organizations/{acme}");
    let deletion = (Method::DELETE, path, Value::Null);
    assert_eq!(world.answer_after(in_acme, vec![deletion]).await.0, 403);

    let path = format!("{user}/activation");
    let inactive = (Method::PATCH, path.clone(), json!({"is_active": false}));
    let refused = world.answer_after(by_alice(), vec![inactive]).await;
    assert_eq!(refused.0, 401, "{}", refused.1);
    let active = json!({"is_active": true});
    world.admin.change(Method::PATCH, &path, active).await;
    let deletion = (Method::DELETE, user, Value::Null);
    assert_eq!(world.answer_after(by_alice(), vec![deletion]).await.0, 401);
    assert_eq!(world.late().await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_lost_right_ends_what_is_under_way_on_sqlite() {
    let server = TestServer::start(Kind::Sqlite).await;
    let admin = Client::new(&server);
    a_lost_right_ends_what_is_under_way(World::new(server, admin).await).await;
}

#[tokio::test]
async fn a_lost_right_ends_what_is_under_way_on_postgres() {
    let server = TestServer::start(Kind::Postgres).await;
    let admin = Client::new(&server);
    a_lost_right_ends_what_is_under_way(World::new(server, admin).await).await;
}

#[tokio::test]
async fn a_right_that_is_lost_at_another_server_ends_what_is_under_way() {
    let (server, other) = TestServer::start_two_on_nothing().await;
    let admin = Client::new(&other);
    a_lost_right_ends_what_is_under_way(World::new(server, admin).await).await;
}
