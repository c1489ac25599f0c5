//! Every route that judges its caller, and a call of each.

use serde_json::{Value, json};

/// A call of a route with what it needs to succeed as root, or as alice.
pub(super) struct Call {
    pub(super) route: &'static str,
    pub(super) path: &'static str,
    pub(super) body: fn() -> Value,
}

pub(super) fn nothing() -> Value {
    Value::Null
}

/// `{key}`, `{acme}` and `{bob}` stand for ids.
pub(super) const CALLS: [Call; 45] = [
    call("GET /metrics", "/metrics", nothing),
    call("GET /v2/api-keys", "/v2/api-keys", nothing),
    call("POST /v2/api-keys", "/v2/api-keys", || json!({"name": "n"})),
    call("GET /v2/api-keys/{id}", "/v2/api-keys/{key}", nothing),
    call(
        "POST /v2/api-keys/{id}/explain",
        "/v2/api-keys/{key}/explain",
        || json!({}),
    ),
    call("PUT /v2/api-keys/{id}", "/v2/api-keys/{key}", || json!({})),
    call(
        "PATCH /v2/api-keys/{id}",
        "/v2/api-keys/{key}",
        || json!({}),
    ),
    call("DELETE /v2/api-keys/{id}", "/v2/api-keys/{key}", nothing),
    call(
        "POST /v2/api-keys/{id}/revoke",
        "/v2/api-keys/{key}/revoke",
        || json!({"reason": "unused"}),
    ),
    call(
        "POST /v2/api-keys/{id}/rotate",
        "/v2/api-keys/{key}/rotate",
        || json!({}),
    ),
    call(
        "DELETE /v2/api-keys/{id}/credentials/{credential_id}",
        "/v2/api-keys/{key}/credentials/1",
        nothing,
    ),
    call(
        "POST /v2/api-keys/verify",
        "/v2/api-keys/verify",
        || json!({"key": "x"}),
    ),
    call("GET /v2/users", "/v2/users", nothing),
    call(
        "POST /v2/users",
        "/v2/users",
        || json!({"username": "new", "password": "Passw0rd_1"}),
    ),
    call("GET /v2/users/me", "/v2/users/me", nothing),
    call("PUT /v2/users/me", "/v2/users/me", || json!({})),
    call(
        "GET /v2/users/me/organizations",
        "/v2/users/me/organizations",
        nothing,
    ),
    call(
        "GET /v2/users/me/sessions",
        "/v2/users/me/sessions",
        nothing,
    ),
    call(
        "DELETE /v2/users/me/sessions/{id}",
        "/v2/users/me/sessions/{session}",
        nothing,
    ),
    call(
        "POST /auth/update-password",
        "/auth/update-password",
        || json!({"current_password": "Passw0rd_1", "new_password": "Changed_2"}),
    ),
    call("GET /v2/users/{id}", "/v2/users/{bob}", nothing),
    call("PUT /v2/users/{id}", "/v2/users/{bob}", || json!({})),
    call("DELETE /v2/users/{id}", "/v2/users/{bob}", nothing),
    call(
        "PATCH /v2/users/{id}/activation",
        "/v2/users/{bob}/activation",
        || json!({"is_active": true}),
    ),
    call(
        "POST /v2/users/{id}/api-keys",
        "/v2/users/{bob}/api-keys",
        || json!({"name": "n"}),
    ),
    call("GET /v2/organizations", "/v2/organizations", nothing),
    call(
        "POST /v2/organizations",
        "/v2/organizations",
        || json!({"name": "New", "slug": "new"}),
    ),
    call(
        "GET /v2/organizations/{id}",
        "/v2/organizations/{acme}",
        nothing,
    ),
    call(
        "PUT /v2/organizations/{id}",
        "/v2/organizations/{acme}",
        || json!({}),
    ),
    call(
        "DELETE /v2/organizations/{id}",
        "/v2/organizations/{acme}",
        nothing,
    ),
    call(
        "GET /v2/organizations/{id}/members",
        "/v2/organizations/{acme}/members",
        nothing,
    ),
    call(
        "PUT /v2/organizations/{id}/members/{user_id}",
        "/v2/organizations/{acme}/members/{bob}",
        || json!({"role": "user"}),
    ),
    call(
        "DELETE /v2/organizations/{id}/members/{user_id}",
        "/v2/organizations/{acme}/members/{bob}",
        nothing,
    ),
    call("GET /v2/reports/hygiene", "/v2/reports/hygiene", nothing),
    call("GET /v2/removals", "/v2/removals", nothing),
    call("GET /v2/events", "/v2/events", nothing),
    call("GET /v2/user-directory", "/v2/user-directory", nothing),
    call("GET /update/", "/update/", nothing),
    call("GET /v2/config", "/v2/config", nothing),
    call("GET /v2/dashboard", "/v2/dashboard", nothing),
    call("GET /v2/my-models", "/v2/my-models", nothing),
    call("GET /v2/clusters", "/v2/clusters", nothing),
    call("GET /v2/workers", "/v2/workers", nothing),
    call(
        "GET /v2/usage/resource-events",
        "/v2/usage/resource-events",
        nothing,
    ),
    call("POST /v2/usage/breakdown", "/v2/usage/breakdown", || {
        json!({})
    }),
];

/// The one route that is called with an id in its body.
pub(super) const ADD_MEMBER: &str = "POST /v2/organizations/{id}/members";

pub(super) const fn call(route: &'static str, path: &'static str, body: fn() -> Value) -> Call {
    Call { route, path, body }
}
