//! What GPUStack's console asks for beside keys and users.

use crate::support::{TestApi, by, get, in_organization, post, with_key};
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
                "?page=-1&perPage=0",
                "422 Invalid: perPage must be 1 to 1000",
            ),
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
        (
            json!({"page": -1.0, "perPage": 1_000.0}),
            empty_page(-1, 1_000),
        ),
    ] {
        let answer = api.alice(post(path, body)).await;
        assert!(!answer.headers.contains_key("link"), "{expected}");
        assert_eq!(answer.json(), expected);
    }
    for body in [
        json!([]),
        json!({"page": "1"}),
        json!({"page": null}),
        json!({"perPage": 1.5}),
        json!({"perPage": 1_001}),
        json!({"page": -1, "perPage": 1_001}),
    ] {
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

/// Returns the usernames that a directory shows.
fn usernames(directory: &Value) -> Vec<&str> {
    let people = directory["items"].as_array().unwrap().iter();
    people
        .map(|person| person["username"].as_str().unwrap())
        .collect()
}

#[actix_web::test]
async fn a_directory_shows_whom_one_administers_or_oneself() {
    let api = TestApi::new().await;
    let acme = api.acme.id.to_string();
    let team = post("/v2/api-keys", json!({"name": "team"}));
    let team = api.send(by("root", in_organization(&acme, team))).await;
    let team = team.json()["value"].as_str().unwrap().to_owned();
    let (all, members) = (vec!["bob", "alice", "root"], vec!["alice", "bob"]);
    for page in ["?page=-1", "?page=1"] {
        for (scope, of_root) in [("", &all), ("&scope=current_org", &members)] {
            let path = format!("/v2/user-directory{page}{scope}");
            let shown = async |request| {
                let answer = api.send(request).await;
                assert_eq!(answer.status, 200, "{path}");
                answer.json()
            };
            let whom = async |request| {
                let shown = shown(request).await;
                let names: Vec<_> = usernames(&shown).into_iter().map(str::to_owned).collect();
                assert_eq!(shown["pagination"]["total"], names.len(), "{path}");
                names
            };
            assert_eq!(whom(by("root", get(&path))).await, all, "{path}");
            let of_acme = |user| by(user, in_organization(&acme, get(&path)));
            assert_eq!(&whom(of_acme("root")).await, of_root, "{path}");
            assert_eq!(whom(of_acme("alice")).await, members, "{path}");
            // A plain member learns of no others, as in the list of members.
            assert_eq!(whom(of_acme("bob")).await, ["bob"], "{path}");
            for user in ["alice", "bob"] {
                assert_eq!(whom(by(user, get(&path))).await, [user], "{path}");
            }
            assert_eq!(whom(with_key(&team, get(&path))).await, members, "{path}");
            let expected = json!({"id": api.bob.id.0, "username": "bob", "full_name": null});
            assert_eq!(
                shown(by("bob", get(&path))).await["items"],
                json!([expected])
            );
        }
    }
    let second = api.root(get("/v2/user-directory?page=2&perPage=2")).await;
    assert_eq!(usernames(&second.json()), ["root"]);
    assert_eq!(second.json()["pagination"]["total"], 3);
    let refused = api.alice(get("/v2/user-directory?scope=all")).await;
    assert_eq!(
        refused.refusal(),
        "422 Invalid: query.scope: must be current_org"
    );
}

#[actix_web::test]
async fn a_directory_of_any_length_comes_as_a_whole() {
    let api = TestApi::new().await;
    let acme = api.acme.id.to_string();
    let names: Vec<_> = (0..1_100)
        .map(|number| format!("user-{number:04}"))
        .collect();
    let mut members = vec![(
        &api.alice,
        apikey_domain::identity::organization::Role::Admin,
    )];
    let mut users = Vec::new();
    for name in &names {
        users.push(api.app.user(name).await);
    }
    members.extend(
        users
            .iter()
            .map(|user| (user, apikey_domain::identity::organization::Role::User)),
    );
    let large = api.app.organization("large", &members).await;
    let path = "/v2/user-directory?page=-1&scope=current_org";
    let shown = api.root(get(path)).await.json();
    assert_eq!(usernames(&shown).len(), 1_103);
    let large = large.id.to_string();
    let shown = api.alice(in_organization(&large, get(path))).await.json();
    assert_eq!(usernames(&shown)[1..], names[..]);
    let shown = api.alice(in_organization(&acme, get(path))).await.json();
    assert_eq!(usernames(&shown), ["alice", "bob"]);
}
