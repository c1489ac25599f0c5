//! The way back in where nobody may administer the platform.

use super::{PASSWORD, on, until_some};
use crate::support::{
    Kind, TestServer,
    client::{Client, answer},
};
use reqwest::Method;
use serde_json::Value;

async fn gets_back_in(kind: Kind, is_running: bool) {
    let mut server = TestServer::start(kind).await;
    let taken = "UPDATE users SET is_active = false".to_owned();
    if !is_running {
        server.kill();
    }
    server.database().run_all(&[taken]).await.unwrap();
    let list = ["user", "list"];
    on(&server, &list, "").must_fail(3, "`apikey-server user create NAME --admin`");
    on(&server, &["user", "create", "bob"], PASSWORD).must_fail(3, "nobody may administer");
    on(
        &server,
        &["user", "create", "root", "--admin", "--inactive"],
        PASSWORD,
    )
    .must_fail(3, "is made without");
    let created = on(
        &server,
        &["user", "create", "root", "--admin", "--json"],
        PASSWORD,
    )
    .json();
    assert_eq!(
        (&created[0]["username"], &created[0]["is_admin"]),
        (&"root".into(), &true.into())
    );
    // From now on it is done in the name of that one.
    assert_eq!(
        on(&server, &["user", "create", "other", "--admin"], PASSWORD).code,
        0
    );
    let list = ["event", "list", "--kind", "user.created", "--json"];
    let events = until_some(|| {
        let events = on(&server, &list, "").json();
        if events.len() < 3 { Vec::new() } else { events }
    });
    let by: Vec<&Value> = events.iter().map(|event| &event["by"]["user_id"]).collect();
    assert_eq!(by, [&Value::Null, &Value::Null, &created[0]["id"]]);
    if !is_running {
        server.start_again().await;
    }
    let client = Client::new(&server);
    let me = client.request(Method::GET, "/v2/users/me");
    let (status, _) = answer(me.basic_auth("root", Some(PASSWORD.trim()))).await;
    assert_eq!(status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_gets_back_in_with_and_without_a_server() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        for is_running in [true, false] {
            gets_back_in(kind, is_running).await;
        }
    }
}

/// A database that no server has used yet.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_user_may_be_made_by_a_command() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::not_started_on(kind).await;
        let (code, printed) = crate::support::run(server.command().arg("migrate"));
        assert_eq!(code, 0, "{printed}");
        let done = on(&server, &["user", "create", "root", "--admin"], PASSWORD);
        assert_eq!(done.code, 0, "{}", done.errors);
        server.start_again().await;
        let client = Client::new(&server);
        let me = client.request(Method::GET, "/v2/users/me");
        let (status, _) = answer(me.basic_auth("root", Some(PASSWORD.trim()))).await;
        assert_eq!(status, 200);
    }
}
