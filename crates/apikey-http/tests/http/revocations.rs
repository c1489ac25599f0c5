//! `POST /v2/api-keys/{id}/revoke`: keys that are ended for good.

use crate::{
    support::{TestApi, delete, get, patch, post, put},
    withdrawals::{assert_accepted, assert_refused, disabled, revoke},
};
use serde_json::{Value, json};

#[actix_web::test]
async fn a_revoked_key_is_refused_for_good_and_its_first_reason_stays() {
    let api = TestApi::new().await;
    let (id, key) = api
        .key(json!({"name": "ci", "description": "for CI"}))
        .await;
    let path = format!("/v2/api-keys/{id}");
    let body = json!({"reason": "compromised", "comment": "was in a log"});
    let revoked = api.alice(revoke(id, body)).await;
    let shown = revoked.json();
    assert_eq!(revoked.status, 200);
    assert_eq!(shown["status"], "revoked");
    assert_eq!(shown["revoked_at"], "2026-01-01T00:00:00.000000Z");
    assert_eq!(shown["revocation_reason"], "compromised");
    assert_eq!(shown["revocation_comment"], "was in a log");
    assert_eq!(shown["value"], Value::Null);
    assert_refused(&api, &key, "Revoked").await;
    api.app.clock.advance_seconds(1);
    let again = api.alice(revoke(id, json!({"reason": "other"}))).await;
    assert_eq!((again.status, again.body), (200, revoked.body.clone()));
    let conflict = "409 Conflict: Api key is revoked";
    for body in [
        json!({"disabled": true}),
        json!({"name": "other"}),
        json!({"scope": ["inference"]}),
        json!({"allowed_model_names": ["m"]}),
        json!({"expires_at": "2027-01-01T00:00:00Z"}),
        json!({"expires_at": "2027-01-01T00:00:00Z", "description": "x"}),
    ] {
        let refused = api.alice(patch(&path, body.clone())).await.refusal();
        assert_eq!(refused, conflict, "{body}");
        let tried = api.alice(patch(&format!("{path}?dry_run=1"), body)).await;
        assert_eq!(tried.refusal(), conflict);
    }
    let narrowed = api.alice(put(&path, json!({"scope": []}))).await;
    assert_eq!(narrowed.refusal(), conflict);
    assert_eq!(api.alice(get(&path)).await.body, revoked.body);
    let noted = api
        .alice(patch(
            &path,
            json!({"description": null, "metadata": {"a": "b"}}),
        ))
        .await
        .json();
    assert_eq!(
        (&noted["description"], &noted["status"]),
        (&Value::Null, &json!("revoked"))
    );
    assert_eq!(
        api.alice(disabled(id, false)).await.status,
        200,
        "it is not disabled"
    );
    assert_refused(&api, &key, "Revoked").await;
    assert_eq!(api.alice(delete(&path)).await.status, 200);
    let decision = api.root(post("/v2/api-keys/verify", json!({"key": key})));
    assert_eq!(decision.await.json()["code"], "Unknown");
}

#[actix_web::test]
async fn a_revocation_needs_a_reason_that_is_known() {
    let api = TestApi::new().await;
    let (id, key) = api.key(json!({"name": "ci"})).await;
    let reasons = "compromised, superseded, unused, owner_left, other";
    let unknown = format!("reason must be one of {reasons}");
    let long = "x".repeat(1_025);
    for (body, message) in [
        (json!({}), "body: "),
        (json!({"reason": null}), "body.reason: expected a string"),
        (json!({"reason": "because"}), &unknown),
        (json!({"reason": "Compromised"}), &unknown),
        (json!({"reason": ""}), &unknown),
        (json!({"reason": "other", "comment": 1}), "body.comment: "),
        (json!({"reason": "other", "comment": long}), "comment "),
        (json!({"reason": "other", "comment": "a\u{0}"}), "comment "),
        (
            json!({"reason": "other", "comments": "x"}),
            "body.comments: unknown field, did you mean 'comment'?",
        ),
        (
            json!({"reason": "other", "at": "2027-01-01T00:00:00Z"}),
            "body.at: unknown field, expected one of reason, comment",
        ),
    ] {
        let refused = api.alice(revoke(id, body.clone())).await.refusal();
        let expected = format!("422 Invalid: {message}");
        assert!(refused.starts_with(&expected), "{body}: {refused}");
    }
    assert_accepted(&api, &key).await;
    for reason in reasons.split(", ") {
        let (id, _) = api.key(json!({"name": reason})).await;
        let body = json!({"reason": reason, "comment": null});
        let revoked = api.alice(revoke(id, body)).await.json();
        assert_eq!(revoked["revocation_reason"], reason);
        assert_eq!(revoked["revocation_comment"], Value::Null);
    }
}

#[actix_web::test]
async fn a_revoked_key_leaves_its_name_and_keeps_its_access_key() {
    let api = TestApi::new().await;
    let custom = "sk-0123456789abcdef";
    let (id, _) = api.key(json!({"name": "ci", "custom": custom})).await;
    api.alice(revoke(id, json!({"reason": "superseded"}))).await;
    let (next, key) = api.key(json!({"name": "ci"})).await;
    assert_accepted(&api, &key).await;
    let body = json!({"name": "again", "custom": custom});
    let refused = api.alice(post("/v2/api-keys", body)).await;
    assert_eq!(refused.status, 409, "nobody gets its access key again");
    assert!(
        refused.body.contains(&format!("(id: {id},")),
        "{}",
        refused.body
    );
    assert_refused(&api, custom, "Revoked").await;
    // Several that are revoked may have one name, beside the one that has it.
    api.alice(revoke(next, json!({"reason": "unused"}))).await;
    let (third, _) = api.key(json!({"name": "ci"})).await;
    let listed = api.alice(get("/v2/api-keys?sort_by=name")).await;
    assert_eq!(listed.names(), ["ci", "ci", "ci"]);
    for (id, status) in [(id, "revoked"), (next, "revoked"), (third, "active")] {
        let read = api.alice(get(&format!("/v2/api-keys/{id}"))).await.json();
        assert_eq!(read["status"], status);
    }
    let (other, _) = api.key(json!({"name": "other"})).await;
    let path = format!("/v2/api-keys/{other}");
    let taken = api.alice(patch(&path, json!({"name": "ci"}))).await;
    assert_eq!(taken.status, 409);
    api.alice(revoke(third, json!({"reason": "unused"}))).await;
    let free = api.alice(patch(&path, json!({"name": "ci"}))).await;
    assert_eq!(free.status, 200);
}
