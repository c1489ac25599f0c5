//! What the policies that `--policy` names change.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
    held_request::HeldRequest,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::time::Duration;
use xtask_harness::server::ADMIN_PASSWORD as PASSWORD;

/// Carol is an admin of acme, alice a member; bob belongs to nothing.
struct World {
    server: TestServer,
    client: Client,
    acme: i64,
    alice: i64,
    carol: i64,
}

impl World {
    async fn new(kind: Kind, policy: &str) -> Self {
        let server = TestServer::start_with(kind, &[policy]).await;
        let client = Client::new(&server);
        let acme = client.organization("acme").await;
        let (alice, carol) = (client.user("alice").await, client.user("carol").await);
        client.user("bob").await;
        let path = format!("/v2/organizations/{acme}/members");
        for (user, role) in [(alice, "user"), (carol, "admin")] {
            let member = json!({"user_id": user, "role": role});
            client.change(Method::POST, &path, member).await;
        }
        Self {
            server,
            client,
            acme,
            alice,
            carol,
        }
    }

    /// Begins a request of a user who acts for acme.
    fn in_acme(&self, user: &str, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, path);
        let request = request.header("x-organization-id", self.acme);
        request.basic_auth(user, Some(PASSWORD))
    }

    /// Returns the users whose keys are listed to a user who acts for acme.
    async fn listed(&self, user: &str, query: &str) -> Vec<String> {
        let path = format!("/v2/api-keys?sort_by=created_at{query}");
        let (status, page) = answer(self.in_acme(user, Method::GET, &path)).await;
        assert_eq!(status, 200, "{page}");
        let names = page["items"].as_array().unwrap().iter();
        names
            .map(|key| key["user_name"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn demote_carol(&self) {
        // Another admin stays.
        let path = format!("/v2/organizations/{}/members", self.acme);
        for (method, path, body) in [
            (
                Method::PUT,
                format!("{path}/{}", self.alice),
                json!({"role": "admin"}),
            ),
            (
                Method::PUT,
                format!("{path}/{}", self.carol),
                json!({"role": "user"}),
            ),
        ] {
            self.client.change(method, &path, body).await;
        }
    }
}

#[tokio::test]
async fn an_admin_manages_the_keys_of_the_organization_and_no_others() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let world = World::new(kind, "--policy=organization-admins-manage").await;
        let (id, key) = world.client.key_in("alice", world.acme).await;
        let (own, _) = world.client.own_key("alice").await;
        let (hers, _) = world.client.key_in("carol", world.acme).await;

        assert_eq!(world.listed("carol", "").await, ["carol"]);
        assert_eq!(
            world.listed("carol", "&user_id=*").await,
            ["alice", "carol"]
        );
        let of_alice = format!("&user_id={}", world.alice);
        assert_eq!(world.listed("carol", &of_alice).await, ["alice"]);
        assert_eq!(world.listed("alice", "&user_id=*").await, ["alice"]);

        let (path, body) = (
            format!("/v2/api-keys/{id}"),
            json!({"scope": ["management"]}),
        );
        let change = |user, path: &str| answer(world.in_acme(user, Method::PUT, path).json(&body));
        let (status, changed) = change("carol", &path).await;
        assert_eq!(status, 200, "{changed}");
        assert!(changed.get("value").is_none_or(Value::is_null), "{changed}");
        assert_eq!(world.client.verify(&key, "m").await, 403);
        for wider in [
            json!({"scope": ["*"]}),
            json!({"allowed_model_names": null}),
        ] {
            let request = world.in_acme("carol", Method::PUT, &path).json(&wider);
            let (status, refused) = answer(request).await;
            let message = json!("Only its own user may let an API key do more");
            assert_eq!((status, &refused["message"]), (403, &message));
        }
        assert_eq!(
            change("alice", &format!("/v2/api-keys/{hers}")).await.0,
            404
        );
        assert_eq!(change("carol", &format!("/v2/api-keys/{own}")).await.0, 404);
        let for_herself = world.client.request(Method::DELETE, &path);
        let for_herself = for_herself.basic_auth("carol", Some(PASSWORD));
        assert_eq!(answer(for_herself).await.0, 404);

        let (status, _) = answer(world.in_acme("carol", Method::DELETE, &path)).await;
        assert_eq!(status, 200);
        assert_eq!(world.client.verify(&key, "m").await, 401);
    }
}

#[tokio::test]
async fn an_admin_who_is_demoted_manages_nothing_any_more() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let world = World::new(kind, "--policy=organization-admins-manage").await;
        let (id, key) = world.client.key_in("alice", world.acme).await;
        let watch = world.in_acme("carol", Method::GET, "/v2/api-keys?watch=true&user_id=*");
        let mut watch = watch.send().await.unwrap();
        let first = watch.chunk().await.unwrap().unwrap();
        assert!(
            String::from_utf8_lossy(&first).contains("\"alice\""),
            "{first:?}"
        );
        let path = format!("/v2/api-keys/{id}");
        let change = world.in_acme("carol", Method::PUT, &path);
        let change = change.json(&json!({"scope": ["management"]}));
        let change = HeldRequest::send(world.server.address, change).await;

        world.demote_carol().await;

        let ended = async { while let Ok(Some(_)) = watch.chunk().await {} };
        let ended = tokio::time::timeout(Duration::from_secs(10), ended).await;
        assert!(ended.is_ok(), "the watch goes on");
        assert_eq!(change.finish().0, 403);
        assert_eq!(world.client.verify(&key, "m").await, 200);
        assert!(world.listed("carol", "&user_id=*").await.is_empty());
    }
}

#[tokio::test]
async fn a_key_gives_no_other_key_more_than_it_has() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let world = World::new(kind, "--policy=contract,attenuated").await;
        let (own, key) = world.client.own_key("alice").await;
        let create = |body: Value| {
            let request = world.client.request(Method::POST, "/v2/api-keys");
            answer(request.bearer_auth(&key).json(&body))
        };
        let too_much = json!({"name": "all models"});
        let (status, refused) = create(too_much).await;
        let message = "API key may not give another key a model that it does not allow itself";
        assert_eq!((status, &refused["message"]), (403, &json!(message)));
        let (status, made) = create(json!({"name": "less", "allowed_model_names": ["m"]})).await;
        assert_eq!(status, 200, "{made}");

        let change = |id: &Value, body: Value| {
            let request = world
                .client
                .request(Method::PUT, &format!("/v2/api-keys/{id}"));
            answer(request.bearer_auth(&key).json(&body))
        };
        for id in [&made["id"], &json!(own)] {
            let (status, _) = change(id, json!({"allowed_model_names": ["m", "n"]})).await;
            assert_eq!(status, 403);
            assert_eq!(change(id, json!({"scope": ["management"]})).await.0, 200);
        }
        // It grants management alone now, and so it gives away no inference.
        let (status, refused) = change(&made["id"], json!({"scope": ["inference"]})).await;
        assert_eq!(status, 403, "{refused}");
        let with_password = world
            .client
            .request(Method::PUT, &format!("/v2/api-keys/{own}"));
        let with_password = with_password.basic_auth("alice", Some(PASSWORD));
        let wider = with_password.json(&json!({"scope": ["*"], "allowed_model_names": null}));
        assert_eq!(
            answer(wider).await.0,
            200,
            "a password is bounded by no key"
        );
    }
}
