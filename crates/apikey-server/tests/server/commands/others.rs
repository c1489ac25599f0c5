//! Names, arguments, completions and man pages.

use super::{PASSWORD, on, until_some};
use crate::support::{Kind, TestServer};

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_two_things_is_refused() {
    let server = TestServer::start(Kind::Sqlite).await;
    // The user named 1 has the id 2.
    assert_eq!(on(&server, &["user", "create", "1"], PASSWORD).code, 0);
    on(&server, &["user", "show", "1"], "").must_fail(2, "write name:1 or id:1");
    let shown = |text| {
        on(&server, &["user", "show", text, "--json"], "")
            .json()
            .remove(0)
    };
    assert_eq!(shown("id:1")["username"], "admin");
    assert_eq!(shown("name:1")["id"], 2);
    assert_eq!(shown("2")["username"], "1");
    // Two users have a key of one name.
    for user in ["admin", "name:1"] {
        let create = ["key", "create", "ci", "--user", user];
        assert_eq!(on(&server, &create, "").code, 0);
    }
    on(&server, &["key", "show", "ci"], "").must_fail(2, "give the id of one: ");
    assert_eq!(
        on(&server, &["key", "show", "1", "--json"], "").json()[0]["id"],
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_acts_in_the_name_of_whom_it_says() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut server = TestServer::start(kind).await;
        for create in [
            &["user", "create", "root", "--admin"][..],
            &["user", "create", "bob"],
        ] {
            let done = on(&server, create, PASSWORD);
            assert_eq!(done.code, 0, "{}", done.errors);
        }
        for is_running in [true, false] {
            if !is_running {
                server.kill();
            }
            let create = ["org", "create", if is_running { "a" } else { "b" }];
            let done = on(&server, &[&create[..], &["--as", "root"]].concat(), "");
            assert_eq!(done.code, 0, "{}", done.errors);
            let list = ["event", "list", "--kind", "organization.created", "--json"];
            let events = until_some(|| {
                let events = on(&server, &list, "").json();
                events.into_iter().skip(usize::from(!is_running)).collect()
            });
            assert_eq!(events[0]["by"]["user_id"], 2, "{events:?}");
            let as_bob = ["user", "list", "--as", "bob"];
            on(&server, &as_bob, "").must_fail(3, "in the name of \"bob\"");
            let as_nobody = ["user", "list", "--as", "nobody"];
            on(&server, &as_nobody, "").must_fail(4, "there is no user named \"nobody\"");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_arguments_are_refused_before_anything_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |arguments: &[&str], typed: &str| {
        let mut command = crate::support::command(folder.path());
        command.args(arguments);
        super::run(command, typed)
    };
    ask(&["user", "delete", "bob"], "").must_fail(2, "add --yes");
    ask(&["user", "create", "bob"], "weak").must_fail(2, "at least 8 characters");
    ask(&["user", "change", "bob"], "").must_fail(2, "required arguments were not provided");
    ask(&["key", "create", "ci", "--expires-in", "90"], "")
        .must_fail(2, "a number and d, h, m or s");
    ask(&["key", "list", "--url", "keys.example.org"], "").must_fail(2, "expected a URL");
    ask(&["key", "list"], "").must_fail(1, "there is no database data/apikey.db");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn shells_and_man_know_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |arguments: &[&str]| {
        let mut command = crate::support::command(folder.path());
        command.args(arguments).env("APIKEY_LISTEN", "127.0.0.1:7");
        super::run(command, "")
    };
    for shell in ["bash", "zsh", "fish"] {
        let done = ask(&["completions", shell]);
        assert_eq!(done.code, 0, "{}", done.errors);
        for word in ["follow", "reset-password", "rotate", "insecure-http"] {
            assert!(done.output.contains(word), "{shell}: {word}");
        }
    }
    ask(&["completions", "tcsh"]).must_fail(2, "possible values: bash, fish, zsh");
    let done = ask(&["man", "pages/deep"]);
    assert_eq!(done.code, 0, "{}", done.errors);
    let page = |name: &str| std::fs::read_to_string(folder.path().join("pages/deep").join(name));
    for name in [
        "apikey-server.1",
        "apikey-server-key-create.1",
        "apikey-server-event-follow.1",
    ] {
        let page = page(name).unwrap();
        assert!(page.contains(".TH"), "{page}");
        // What is set here is nobody's business elsewhere.
        assert!(!page.contains("127.0.0.1:7"), "{page}");
    }
}
