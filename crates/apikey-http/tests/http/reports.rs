//! `GET /v2/reports/hygiene`.

use crate::support::{TestApi, by, get, with_key};
use insta::assert_json_snapshot;
use serde_json::json;

const PATH: &str = "/v2/reports/hygiene";
const DAY: i64 = 86_400;

#[actix_web::test]
async fn a_report_says_what_was_found_and_within_which_days() {
    let api = TestApi::new().await;
    api.key(json!({"name": "ci", "expires_in": 100 * DAY}))
        .await;
    api.app.clock.advance_seconds(91 * DAY);
    let report = api.alice(get(&format!("{PATH}?expiring_days=9"))).await;
    assert_json_snapshot!(report.json(), @r#"
    {
      "as_of": "2026-04-02T00:00:00.000000Z",
      "disabled": {
        "count": 0,
        "is_complete": true,
        "items": []
      },
      "expiring": {
        "count": 1,
        "is_complete": true,
        "items": [
          {
            "created_at": "2026-01-01T00:00:00.000000Z",
            "disabled_at": null,
            "expires_at": "2026-04-11T00:00:00.000000Z",
            "id": 1,
            "is_custom": false,
            "last_used_at": null,
            "name": "ci",
            "owner_principal_id": 1002,
            "status": "active",
            "user_id": 2,
            "user_name": "alice"
          }
        ]
      },
      "expiring_days": 9,
      "imported": {
        "count": 0,
        "is_complete": true,
        "items": []
      },
      "never_used": {
        "count": 1,
        "is_complete": true,
        "items": [
          {
            "created_at": "2026-01-01T00:00:00.000000Z",
            "disabled_at": null,
            "expires_at": "2026-04-11T00:00:00.000000Z",
            "id": 1,
            "is_custom": false,
            "last_used_at": null,
            "name": "ci",
            "owner_principal_id": 1002,
            "status": "active",
            "user_id": 2,
            "user_name": "alice"
          }
        ]
      },
      "of_inactive_owners": {
        "count": 0,
        "is_complete": true,
        "items": []
      },
      "unused": {
        "count": 0,
        "is_complete": true,
        "items": []
      },
      "unused_days": 90
    }
    "#);
}

#[actix_web::test]
async fn a_report_is_on_the_keys_that_lists_show() {
    let api = TestApi::new().await;
    let (_, key) = api.key(json!({"name": "ci"})).await;
    api.app.clock.advance_seconds(91 * DAY);
    let found = async |request: actix_web::test::TestRequest| {
        let report = api.send(request).await;
        report.json()["never_used"]["count"].as_u64().unwrap()
    };
    let all = format!("{PATH}?user_id=*");
    for (user, path, count) in [
        ("alice", PATH, 1),
        ("bob", PATH, 0),
        ("bob", &*all, 0),
        ("bob", "/v2/reports/hygiene?user_id=2", 0),
        ("root", PATH, 0),
        ("root", &*all, 1),
        ("root", "/v2/reports/hygiene?user_id=2", 1),
    ] {
        assert_eq!(found(by(user, get(path))).await, count, "{user} {path}");
    }
    assert_eq!(found(with_key(&key, get(PATH))).await, 1);
}

#[actix_web::test]
async fn a_number_of_days_has_bounds() {
    let api = TestApi::new().await;
    for query in ["expiring_days=0", "expiring_days=3651", "unused_days=-1"] {
        let refused = api.alice(get(&format!("{PATH}?{query}"))).await;
        let (name, _) = query.split_once('=').unwrap();
        let expected = format!("422 Invalid: {name} must be 1 to 3650");
        assert!(
            refused.refusal().ends_with("must be 1 to 3650"),
            "{}",
            refused.refusal()
        );
        assert_eq!(refused.refusal(), expected);
    }
    let refused = api.alice(get(&format!("{PATH}?unused_days=x"))).await;
    assert_eq!(refused.status, 422);
    for query in ["expiring_days=1&unused_days=3650", "expiring_days=3650"] {
        let report = api.alice(get(&format!("{PATH}?{query}"))).await;
        assert_eq!(report.status, 200);
    }
}
