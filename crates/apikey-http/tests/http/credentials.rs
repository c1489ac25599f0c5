//! Every route by every kind of credential: each call needs a person's own
//! principal, or judges whether the key may still act for its owner.

mod calls;

use crate::support::{TestApi, by, delete, get, in_organization, post, with_cookie, with_key};
use actix_web::{http::Method, test::TestRequest};
use apikey_domain::identity::organization::Role;
use calls::{ADD_MEMBER, CALLS, Call, call, nothing};
use serde_json::json;
use std::collections::BTreeSet;

/// The routes outside `/v2`, which need no credentials or check only the key they
/// are asked about.
const OPEN: [&str; 10] = [
    "GET /auth/config",
    "GET /healthz",
    "GET /livez",
    "GET /readyz",
    "GET /docs",
    "GET /openapi.json",
    "GET /token-auth",
    "GET /version",
    "POST /auth/login",
    "POST /auth/logout",
];

/// Who calls.
#[derive(Clone, Copy)]
enum Credential {
    Nobody,
    Password(&'static str),
    /// The cookie of a session.
    Session(&'static str),
    /// That of a session that has ended.
    Ended(&'static str),
    /// A key that the user's own principal owns.
    Personal(&'static str),
    /// A key that acme owns.
    OfAcme(&'static str),
    /// A key that acme owns, and whose user has left it since.
    OfAcmeLeft(&'static str),
}

const CREDENTIALS: [Credential; 11] = [
    Credential::Nobody,
    Credential::Password("alice"),
    Credential::Personal("alice"),
    Credential::OfAcme("alice"),
    Credential::OfAcmeLeft("alice"),
    Credential::Password("root"),
    Credential::Personal("root"),
    Credential::OfAcme("root"),
    Credential::Session("alice"),
    Credential::Session("root"),
    Credential::Ended("root"),
];

/// The status for each of [`CREDENTIALS`], in their order.
const STATUSES: &str = "\
401 403 403 403 403 200 200 403 403 200 401  GET /metrics
401 200 200 200 403 200 200 200 200 200 401  GET /v2/api-keys
401 200 200 200 403 200 200 200 200 200 401  POST /v2/api-keys
401 200 200 200 403 200 200 200 200 200 401  GET /v2/api-keys/{id}
401 200 200 200 403 200 200 200 200 200 401  POST /v2/api-keys/{id}/explain
401 200 200 200 403 200 200 200 200 200 401  PUT /v2/api-keys/{id}
401 200 200 200 403 200 200 200 200 200 401  PATCH /v2/api-keys/{id}
401 200 200 200 403 200 200 200 200 200 401  DELETE /v2/api-keys/{id}
401 200 200 200 403 200 200 200 200 200 401  POST /v2/api-keys/{id}/revoke
401 200 403 403 403 200 403 403 200 200 401  POST /v2/api-keys/{id}/rotate
401 409 409 409 403 409 409 409 409 409 401  DELETE /v2/api-keys/{id}/credentials/{credential_id}
401 200 200 200 403 200 200 200 200 200 401  POST /v2/api-keys/verify
401 403 403 403 403 200 200 403 403 200 401  GET /v2/users
401 403 403 403 403 200 200 403 403 200 401  POST /v2/users
401 200 200 200 403 200 200 200 200 200 401  GET /v2/users/me
401 200 200 403 403 200 200 403 200 200 401  PUT /v2/users/me
401 200 200 200 403 200 200 200 200 200 401  GET /v2/users/me/organizations
401 200 200 403 403 200 200 403 200 200 401  GET /v2/users/me/sessions
401 200 200 403 403 200 200 403 200 200 401  DELETE /v2/users/me/sessions/{id}
401 200 200 403 403 200 200 403 200 200 401  POST /auth/update-password
401 403 403 403 403 200 200 403 403 200 401  GET /v2/users/{id}
401 403 403 403 403 200 200 403 403 200 401  PUT /v2/users/{id}
401 403 403 403 403 200 200 403 403 200 401  DELETE /v2/users/{id}
401 403 403 403 403 200 200 403 403 200 401  PATCH /v2/users/{id}/activation
401 403 403 403 403 200 200 200 403 200 401  POST /v2/users/{id}/api-keys
401 403 403 403 403 200 200 403 403 200 401  GET /v2/organizations
401 403 403 403 403 200 200 403 403 200 401  POST /v2/organizations
401 403 403 403 403 200 200 403 403 200 401  GET /v2/organizations/{id}
401 403 403 403 403 200 200 403 403 200 401  PUT /v2/organizations/{id}
401 403 403 403 403 200 200 403 403 200 401  DELETE /v2/organizations/{id}
401 200 403 200 403 200 200 200 200 200 401  GET /v2/organizations/{id}/members
401 200 403 200 403 200 200 200 200 200 401  PUT /v2/organizations/{id}/members/{user_id}
401 200 403 200 403 200 200 200 200 200 401  DELETE /v2/organizations/{id}/members/{user_id}
401 200 200 200 403 200 200 200 200 200 401  GET /v2/reports/hygiene
401 403 403 403 403 200 200 403 403 200 401  GET /v2/removals
401 403 403 403 403 200 200 403 403 200 401  GET /v2/events
401 200 200 200 403 200 200 200 200 200 401  GET /v2/user-directory
401 403 403 403 403 200 200 403 403 200 401  GET /update/
401 403 403 403 403 200 200 403 403 200 401  GET /v2/config
401 403 403 403 403 200 200 403 403 200 401  GET /v2/dashboard
401 200 200 200 403 200 200 200 200 200 401  GET /v2/my-models
401 200 200 200 403 200 200 200 200 200 401  GET /v2/clusters
401 200 200 200 403 200 200 200 200 200 401  GET /v2/workers
401 200 200 200 403 200 200 200 200 200 401  GET /v2/usage/resource-events
401 200 200 200 403 200 200 200 200 200 401  POST /v2/usage/breakdown
401 200 403 200 403 200 200 200 200 200 401  POST /v2/organizations/{id}/members
";

/// Calls one route in a world of its own, and returns the status.
async fn status(call: &Call, credential: Credential) -> u16 {
    let api = TestApi::new().await;
    let key = async |user: &str, organization: &str| {
        let create = post("/v2/api-keys", json!({"name": "mine"}));
        let created = api.send(by(user, in_organization(organization, create)));
        let created = created.await.json();
        let text = created["value"].as_str().unwrap().to_owned();
        (created["id"].as_i64().unwrap(), text)
    };
    let acme = api.acme.id.to_string();
    let (user, organization) = match credential {
        Credential::OfAcme(user) | Credential::OfAcmeLeft(user) => (user, acme.as_str()),
        Credential::Password(user)
        | Credential::Session(user)
        | Credential::Ended(user)
        | Credential::Personal(user) => (user, ""),
        Credential::Nobody => ("alice", ""),
    };
    let (id, text) = key(user, organization).await;
    if let Credential::OfAcmeLeft(_) = credential {
        let members = format!("/v2/organizations/{acme}/members");
        let carol = api.app.user("carol").await.id.0;
        let add = post(&members, json!({"user_id": carol, "role": "admin"}));
        assert_eq!(api.root(add).await.status, 200);
        let leave = delete(&format!("{members}/{}", api.alice.id));
        assert_eq!(api.root(leave).await.status, 200);
    }
    let path = call.path.replace("{key}", &id.to_string());
    let path = path.replace("{acme}", &acme);
    let path = path.replace("{bob}", &api.bob.id.to_string());
    let cookie = api.cookie(user).await;
    let another = api.cookie(user).await;
    let sessions = api.send(with_cookie(&another, get("/v2/users/me/sessions")));
    let sessions = sessions.await.json();
    let id = sessions["items"][0]["id"].as_i64().unwrap();
    let path = path.replace("{session}", &id.to_string());
    let (method, _) = call.route.split_once(' ').unwrap();
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = TestRequest::with_uri(&path).method(method);
    let body = match call.route {
        ADD_MEMBER => json!({"user_id": api.app.user("dora").await.id.0}),
        _ => (call.body)(),
    };
    if !body.is_null() {
        request = request.set_json(body);
    }
    let request = match credential {
        Credential::Nobody => request,
        Credential::Password(user) => by(user, request),
        // The other one may be the one that is ended.
        Credential::Session(_) => with_cookie(&another, request),
        Credential::Ended(_) => {
            let logout = with_cookie(&cookie, post("/auth/logout", json!({})));
            assert_eq!(api.send(logout).await.status, 200);
            with_cookie(&cookie, request)
        }
        _ => with_key(&text, request),
    };
    api.send(request).await.status
}

/// Returns the routes as `src/routes.rs` configures them, with their methods; `HEAD` and
/// `OPTIONS` follow from them.
pub(crate) fn configured() -> BTreeSet<String> {
    let source = include_str!("../../src/routes.rs");
    let mut routes = BTreeSet::new();
    let mut path = "";
    for line in source.lines().map(str::trim) {
        if let Some((_, text)) = line.split_once("\"/") {
            path = text.split('"').next().unwrap();
        }
        for part in line.split("Method::").skip(1) {
            let (method, _) = part.split_once(',').unwrap();
            routes.insert(format!("{method} /{path}"));
        }
    }
    routes
}

#[test]
fn every_route_is_in_the_table() {
    let add_member = call(ADD_MEMBER, "", nothing);
    let mut listed: BTreeSet<_> = CALLS.iter().map(|call| call.route.to_owned()).collect();
    listed.insert(add_member.route.to_owned());
    let is_open = |route: &String| OPEN.iter().any(|open| route.starts_with(open));
    let (open, checked): (BTreeSet<_>, _) = configured().into_iter().partition(is_open);
    assert_eq!(checked, listed);
    assert!(
        open.iter().all(|route| !route.contains("/v2")),
        "under /v2 nothing is open: {open:?}"
    );
}

#[actix_web::test]
async fn each_route_judges_each_kind_of_credential() {
    let mut table = String::new();
    let add_member = call(ADD_MEMBER, "/v2/organizations/{acme}/members", nothing);
    for call in CALLS.iter().chain([&add_member]) {
        let mut line = Vec::new();
        for credential in CREDENTIALS {
            line.push(status(call, credential).await.to_string());
        }
        // Nobody gets further without credentials, nor with a key whose right ended.
        let ended = [&*line[0], &*line[4], &*line[10]];
        assert_eq!(ended, ["401", "403", "401"], "{}", call.route);
        // A session is as good as a password.
        assert_eq!([&line[1], &line[5]], [&line[8], &line[9]], "{}", call.route);
        table.push_str(&format!("{}  {}\n", line.join(" "), call.route));
    }
    assert_eq!(table, STATUSES, "now:\n{table}");
}

#[actix_web::test]
async fn an_organizations_key_shows_no_other_organization() {
    let api = TestApi::new().await;
    let alice = (&api.alice, Role::User);
    api.app.organization("umbrella", &[alice]).await;
    let acme = api.acme.id.to_string();
    let path = "/v2/users/me/organizations";
    for user in ["alice", "root"] {
        let create = post("/v2/api-keys", json!({"name": "team"}));
        let created = api.send(by(user, in_organization(&acme, create))).await;
        let key = created.json()["value"].as_str().unwrap().to_owned();
        let shown = async |query: &str| {
            let request = get(&format!("{path}{query}"));
            api.send(with_key(&key, request)).await
        };
        assert_eq!(shown("").await.names(), ["acme"], "{user}");
        let second = shown("?page=2&perPage=1").await.json();
        assert_eq!(second["items"], json!([]), "{user}");
        assert_eq!(second["pagination"]["total"], 1, "{user}");
    }
    let all = api.alice(get(path)).await;
    assert_eq!(all.names(), ["acme", "umbrella"]);
    let (_, own) = api.key(json!({"name": "own"})).await;
    let all = api.send(with_key(&own, get(path))).await;
    assert_eq!(all.names(), ["acme", "umbrella"]);
}
