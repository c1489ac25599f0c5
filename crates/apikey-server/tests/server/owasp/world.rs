//! Two tenants on one server, and who tries to get at the things of one of them.

use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::time::Duration;
use xtask_harness::server::ADMIN_PASSWORD as PASSWORD;

/// Alice, an admin of acme, where bob is a member, and mallory, an admin of umbrella.
pub(super) struct World {
    pub(super) server: TestServer,
    pub(super) client: Client,
    pub(super) alice: i64,
    pub(super) bob: i64,
    pub(super) acme: i64,
    pub(super) umbrella: i64,
    /// Alice's key in her own principal.
    pub(super) own_key: (i64, String),
    /// Alice's key in acme.
    pub(super) team_key: (i64, String),
    kind: Kind,
}

/// Who tries.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) name: &'static str,
    /// What is answered to whatever they try, if it is always the same.
    pub(super) always: Option<u16>,
    credential: Credential,
}

#[derive(Debug, Clone)]
enum Credential {
    Nothing,
    Password(&'static str),
    Key(String),
}

// === impl World ===

impl World {
    pub(super) async fn new(kind: Kind) -> Self {
        let server = TestServer::start(kind).await;
        let client = Client::new(&server);
        let alice = client.user("alice").await;
        let bob = client.user("bob").await;
        let mallory = client.user("mallory").await;
        let acme = client.organization("acme").await;
        let umbrella = client.organization("umbrella").await;
        for (organization, user, role) in [
            (acme, alice, "admin"),
            (acme, bob, "user"),
            (umbrella, mallory, "admin"),
        ] {
            let path = format!("/v2/organizations/{organization}/members");
            let member = json!({"user_id": user, "role": role});
            client.change(Method::POST, &path, member).await;
        }
        Self {
            own_key: client.own_key("alice").await,
            team_key: client.key_in("alice", acme).await,
            server,
            client,
            alice,
            bob,
            acme,
            umbrella,
            kind,
        }
    }

    /// Returns those who have no right to what is alice's or acme's.
    pub(super) async fn callers(&self) -> Vec<Caller> {
        let of_mallory = self.client.own_key("mallory").await.1;
        let of_umbrella = self.client.key_in("mallory", self.umbrella).await.1;
        let of_bob = self.client.own_key("bob").await.1;
        let of_member = self.client.key_in("bob", self.acme).await.1;
        let all = json!(["*"]);
        // All of these are alice's own.
        let expired = self.key(json!({"name": "expired", "expires_in": 1})).await;
        let deleted = self.key(json!({"name": "deleted"})).await;
        let path = format!("/v2/api-keys/{}", deleted.0);
        let delete = self.client.request(Method::DELETE, &path);
        let delete = delete.basic_auth("alice", Some(PASSWORD));
        assert_eq!(answer(delete).await.0, 200);
        let inference = json!({"name": "inference", "scope": ["inference"]});
        let inference = self.key(inference).await.1;
        let nothing = self.key(json!({"name": "nothing", "scope": []})).await.1;
        let of_left = self.key(json!({"name": "narrowed", "scope": all})).await;
        let path = format!("/v2/api-keys/{}", of_left.0);
        let narrow = self.client.request(Method::PUT, &path);
        let narrow = narrow.basic_auth("alice", Some(PASSWORD));
        let narrow = narrow.json(&json!({"scope": ["inference"]}));
        assert_eq!(answer(narrow).await.0, 200);
        let (first, _) = self.own_key.1.rsplit_once('_').unwrap();
        let wrong = format!("{first}_{}", "0".repeat(32));
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        vec![
            caller("nobody", Some(401), Credential::Nothing),
            caller("an expired key", Some(401), Credential::Key(expired.1)),
            caller("a deleted key", Some(401), Credential::Key(deleted.1)),
            caller("a wrong secret", Some(401), Credential::Key(wrong)),
            caller("inference only", Some(403), Credential::Key(inference)),
            caller("no scope", Some(403), Credential::Key(nothing)),
            caller("a narrowed key", Some(403), Credential::Key(of_left.1)),
            caller("another tenant", None, Credential::Password("mallory")),
            caller("another's key", None, Credential::Key(of_mallory)),
            caller("another tenant's key", None, Credential::Key(of_umbrella)),
            caller("a member", None, Credential::Password("bob")),
            caller("a member's own key", None, Credential::Key(of_bob)),
            caller("a member's team key", None, Credential::Key(of_member)),
        ]
    }

    /// Creates a key of alice's own and returns its id and value.
    pub(super) async fn key(&self, body: Value) -> (i64, String) {
        let create = self.client.request(Method::POST, "/v2/api-keys");
        let create = create.basic_auth("alice", Some(PASSWORD));
        let (status, key) = answer(create.json(&body)).await;
        assert_eq!(status, 200, "{key}");
        let value = key["value"].as_str().unwrap().to_owned();
        (key["id"].as_i64().unwrap(), value)
    }

    /// Begins a request of a caller, for an organization if one is named.
    pub(super) fn request(
        &self,
        caller: &Caller,
        method: Method,
        path: &str,
        organization: Option<i64>,
    ) -> RequestBuilder {
        let mut request = self.client.request(method, path);
        if let Some(id) = organization {
            request = request.header("x-organization-id", id);
        }
        match &caller.credential {
            Credential::Nothing => request,
            Credential::Password(user) => request.basic_auth(user, Some(PASSWORD)),
            Credential::Key(key) => request.bearer_auth(key),
        }
    }

    /// Begins a request with alice's password.
    pub(super) fn as_alice(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, path);
        request.basic_auth("alice", Some(PASSWORD))
    }

    /// Returns everything that there is, without when keys were used, and on SQLite
    /// also what was recorded: on PostgreSQL transactions of others hold that back.
    pub(super) async fn state(&self) -> Value {
        let members = |id: i64| format!("/v2/organizations/{id}/members");
        let mut paths = vec![
            "/v2/api-keys?user_id=*&page=-1".to_owned(),
            "/v2/users".to_owned(),
            "/v2/organizations".to_owned(),
            members(self.acme),
            members(self.umbrella),
        ];
        if self.kind == Kind::Sqlite {
            paths.push("/v2/events?limit=1000".to_owned());
        }
        let mut state = Vec::new();
        for path in paths {
            let (status, mut list) = answer(self.client.as_admin(Method::GET, &path)).await;
            assert_eq!(status, 200, "{path}: {list}");
            for item in list["items"].as_array_mut().unwrap() {
                item.as_object_mut().unwrap().remove("last_used_at");
            }
            state.push(list);
        }
        json!(state)
    }
}

fn caller(name: &'static str, always: Option<u16>, credential: Credential) -> Caller {
    Caller {
        name,
        always,
        credential,
    }
}

// === impl Caller ===

impl Caller {
    pub(super) fn has_key(&self) -> bool {
        matches!(self.credential, Credential::Key(_))
    }
}
