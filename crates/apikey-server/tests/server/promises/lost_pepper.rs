//! A pepper that is lost, and what goes on without it.

use crate::support::{Kind, TestServer, client::Client, run};
use reqwest::Method;
use serde_json::Value;
use xtask_harness::server::pepper;

const NEW: &str = "77";

#[tokio::test]
async fn without_a_lost_pepper_it_goes_on_once_somebody_gives_it_up() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::start(kind).await;
        let lost = Client::new(&server).create_key("lost").await;
        let give_up = |server: &TestServer, arguments: &[&str]| {
            let mut command = server.command_with_pepper(&NEW.repeat(32));
            run(command.args(["pepper", "give-up"]).args(arguments))
        };
        // The id of the pepper is that which the start names.
        let (_, shown) = run(server.command().args(["pepper", "show", "--json"]));
        let shown = shown.lines().find(|line| line.starts_with('[')).unwrap();
        let shown: Value = serde_json::from_str(shown).unwrap();
        let id = shown[0]["id"].as_str().unwrap();
        let (code, printed) = give_up(&server, &[id, "--yes"]);
        assert_eq!(code, 1, "{kind}: {printed}");
        assert!(
            printed.contains("stop every one of them first"),
            "{kind}: {printed}"
        );
        assert!(server.terminate().success());
        let (code, printed) = run(&mut server.command_with_pepper(&NEW.repeat(32)));
        assert_eq!(code, 1, "{kind}: {printed}");
        assert!(
            printed.contains(id) && printed.contains("pepper give-up"),
            "{kind}: {printed}"
        );
        for (arguments, code, said) in [
            (&["x"][..], 2, "expected the id of a pepper"),
            (&["01020304", "--yes"], 1, "nothing needs the pepper"),
            (&[id], 2, "1 secrets of keys need the pepper"),
            (&[id, "--yes"], 0, "1 secrets of keys are refused for good"),
            (&[id], 2, "1 secrets of keys need the pepper"),
        ] {
            let (found, printed) = give_up(&server, arguments);
            assert_eq!(found, code, "{kind}: {printed}");
            assert!(printed.contains(said), "{kind}: {printed}");
        }
        let new = NEW.repeat(32);
        server
            .start_changed(|command| {
                command.env("APIKEY_PEPPER", &new);
            })
            .await;
        let client = Client::new(&server);
        assert_eq!(
            client.verify(lost["value"].as_str().unwrap(), "m").await,
            401,
            "{kind}"
        );
        let made = client.create_key("made").await;
        assert_eq!(
            client.verify(made["value"].as_str().unwrap(), "m").await,
            200,
            "{kind}"
        );
        let path = format!("/v2/api-keys/{}", lost["id"]);
        client.change(Method::DELETE, &path, Value::Null).await;
        assert!(server.terminate().success());
        // What was given up is not among those that somebody may still have.
        let (code, printed) = run(server
            .command_with_pepper(&NEW.repeat(32))
            .env("APIKEY_LISTEN", "127.0.0.1:0")
            .arg("doctor"));
        assert_eq!((code, &*printed), (0, "nothing is wrong\n"), "{kind}");
        let (code, printed) = run(server
            .command_with_pepper(&pepper())
            .args(["--listen", "127.0.0.1:0"]));
        assert_eq!(code, 1, "{kind}: {printed}");
    }
}
