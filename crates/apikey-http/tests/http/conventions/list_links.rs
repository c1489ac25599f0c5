//! `Link` and `X-Total-Count`.

use crate::support::{TestApi, TestResponse, by, get};
use actix_web::http::header;
use serde_json::json;

/// Returns the relations of an answer, each with the query that it leads to.
fn links(answer: &TestResponse) -> Vec<(String, String)> {
    let links = answer.header(header::LINK).split(", ");
    let links = links.filter_map(|link| {
        let (query, rest) = link.strip_prefix('<')?.split_once(">; rel=\"")?;
        Some((rest.strip_suffix('"')?.to_owned(), query.to_owned()))
    });
    links.collect()
}

fn to(answer: &TestResponse, relation: &str) -> Option<String> {
    let mut links = links(answer).into_iter();
    links.find_map(|(name, query)| (name == relation).then_some(query))
}

async fn with_keys(names: &[&str]) -> TestApi {
    let api = TestApi::new().await;
    for name in names {
        api.key(json!({"name": name})).await;
    }
    api
}

#[actix_web::test]
async fn following_the_next_page_shows_the_whole_list_once() {
    let api = with_keys(&["a", "b", "c", "d", "e"]).await;
    for query in ["?perPage=2&sort_by=name", "?cursor=&perPage=2&sort_by=name"] {
        let (mut names, mut next) = (Vec::new(), Some(query.to_owned()));
        while let Some(query) = next {
            let answer = api.alice(get(&format!("/v2/api-keys{query}"))).await;
            assert_eq!(answer.header("x-total-count"), "5");
            names.extend(answer.names());
            next = to(&answer, "next");
        }
        assert_eq!(names, ["a", "b", "c", "d", "e"], "{query}");
    }
}

#[actix_web::test]
async fn a_page_leads_to_the_others_with_the_same_conditions() {
    let api = with_keys(&["xa", "xb", "xc", "d"]).await;
    let path = "/v2/api-keys?search=x&perPage=1&page=2&sort_by=-name";
    let answer = api.alice(get(path)).await;
    let page = |page: u64| format!("?search=x&perPage=1&sort_by=-name&page={page}");
    let expected = [("next", 3), ("prev", 1), ("first", 1), ("last", 3)];
    let expected = expected.map(|(relation, number)| (relation.to_owned(), page(number)));
    assert_eq!(links(&answer), expected);
    let last = api.alice(get(&format!("/v2/api-keys{}", page(3)))).await;
    assert_eq!(last.names(), ["xa"]);
    assert_eq!(to(&last, "next"), None);
    let beyond = api.alice(get(&format!("/v2/api-keys{}", page(99)))).await;
    assert_eq!(to(&beyond, "prev"), Some(page(3)));
    assert_eq!(beyond.header("x-total-count"), "3");
}

#[actix_web::test]
async fn every_list_with_pages_has_links() {
    let api = TestApi::new().await;
    let members = format!("/v2/organizations/{}/members", api.acme.id);
    for path in [
        "/v2/api-keys",
        "/v2/users",
        "/v2/users/me/organizations",
        "/v2/users/me/sessions",
        "/v2/organizations",
        &members,
        "/v2/removals",
        "/v2/user-directory",
    ] {
        let answer = api.root(get(path)).await;
        let total = answer.json()["pagination"]["total"].to_string();
        assert_eq!(answer.header("x-total-count"), total, "{path}");
        assert!(to(&answer, "last").is_some(), "{path}");
    }
    for path in ["/v2/api-keys?page=-1", "/v2/users?page=-1", "/v2/events"] {
        let answer = api.root(get(path)).await;
        assert_eq!(answer.header(header::LINK), "", "{path}");
        assert_eq!(answer.header("x-total-count"), "", "{path}");
    }
    let watch = api.open(by("root", get("/v2/users?watch=true"))).await;
    assert!(!watch.headers().contains_key(header::LINK));
}
