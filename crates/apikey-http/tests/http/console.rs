//! What GPUStack's console asks for beside keys and users.

use crate::support::{TestApi, get, in_organization, post};
use serde_json::{Value, json};

/// What the console reads of a page without entries.
fn empty_page(page: i64, per_page: i64) -> Value {
    let pagination = json!({"page": page, "perPage": per_page, "total": 0, "totalPage": 0});
    json!({"items": [], "pagination": pagination})
}

#[actix_web::test]
async fn there_are_no_models_clusters_workers_and_usage() {
    let api = TestApi::new().await;
    for path in [
        "/v2/my-models",
        "/v2/clusters",
        "/v2/workers",
        "/v2/usage/resource-events",
    ] {
        for (query, expected) in [
            ("", empty_page(1, 100)),
            ("?page=-1", empty_page(-1, 100)),
            ("?page=-1&mine=true", empty_page(-1, 100)),
            ("?&watch=true", empty_page(1, 100)),
            ("?scope=all&page=3&perPage=1", empty_page(3, 1)),
        ] {
            let answer = api.alice(get(&format!("{path}{query}"))).await;
            assert_eq!(answer.status, 200, "{path}{query}");
            assert_eq!(answer.json(), expected, "{path}{query}");
        }
        for (query, refusal) in [
            (
                "?page=0",
                "422 Invalid: page must be 1 or more, or -1 for all",
            ),
            ("?perPage=0", "422 Invalid: perPage must be 1 to 1000"),
            (
                "?page=x",
                "422 Invalid: query.page: must be an integer of 64 bits",
            ),
        ] {
            let refused = api.alice(get(&format!("{path}{query}"))).await;
            assert_eq!(refused.refusal(), refusal, "{path}{query}");
        }
        let elsewhere = in_organization("99", get(path));
        let refused = api.alice(elsewhere).await;
        assert_eq!(
            refused.refusal(),
            "403 Forbidden: Not a member of organization 99"
        );
    }
}

#[actix_web::test]
async fn usage_is_asked_for_with_a_body() {
    let api = TestApi::new().await;
    let path = "/v2/usage/breakdown";
    let asked = json!({
        "start_date": "2026-01-01", "metric": "api_requests", "group_by": ["route"],
        "page": 2, "perPage": 10, "sort_by": "-api_requests",
    });
    for (body, expected) in [
        (asked, empty_page(2, 10)),
        (json!({"group_by": []}), empty_page(1, 20)),
    ] {
        assert_eq!(api.alice(post(path, body)).await.json(), expected);
    }
    for body in [json!([]), json!({"page": "1"}), json!({"perPage": 1_001})] {
        let refused = api.alice(post(path, body.clone())).await;
        assert_eq!(refused.status, 422, "{body}");
    }
}

#[actix_web::test]
async fn a_platform_admin_learns_of_no_settings_figures_and_updates() {
    let api = TestApi::new().await;
    for (path, expected) in [
        ("/v2/config", json!({})),
        ("/v2/dashboard", json!({})),
        ("/update/", json!({"latest_version": "0.1.0"})),
    ] {
        assert_eq!(api.root(get(path)).await.json(), expected, "{path}");
        let refused = api.alice(get(path)).await;
        assert_eq!(
            refused.refusal(),
            "403 Forbidden: Only a platform admin may do this"
        );
    }
}
