//! The page that shows the description.

use crate::support::{TestApi, get};
use actix_web::http::header;

#[actix_web::test]
async fn it_loads_nothing_from_elsewhere() {
    let api = TestApi::new().await;
    let page = api.send(get("/docs")).await;
    assert_eq!(
        page.header(header::CONTENT_TYPE),
        "text/html; charset=utf-8"
    );
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.split("; ").any(|one| one == directive), "{policy}");
    }
    assert!(
        !policy.contains("http") && !policy.contains('*'),
        "{policy}"
    );
    assert!(!page.body.contains("//"), "{}", page.body);
    // Relative, so that it can be mounted below a path.
    let sources = page
        .body
        .split(['"', '>'])
        .filter(|text| text.starts_with("docs/"));
    let sources: Vec<_> = sources.collect();
    assert_eq!(sources.len(), 3, "{sources:?}");
    for source in sources {
        let file = api.open(get(&format!("/{source}"))).await;
        assert_eq!(file.status(), 200, "{source}");
        let sniffing = file.headers().get(header::X_CONTENT_TYPE_OPTIONS).unwrap();
        assert_eq!(sniffing, "nosniff");
    }
}

#[actix_web::test]
async fn what_is_no_file_of_it_is_not_there() {
    let api = TestApi::new().await;
    for path in ["/docs/", "/docs/x.js", "/docs/%2e%2e", "/docs/start.js/x"] {
        let refused = api.send(get(path)).await;
        assert_eq!(refused.refusal(), "404 NotFound: No such route", "{path}");
    }
}
