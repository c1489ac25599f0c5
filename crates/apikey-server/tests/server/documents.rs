//! The examples of the documents, run as they are written.
//!
//! All `console` blocks of a document are one session: its commands run in this
//! order in one shell, and each must print what is written below it. What differs
//! from run to run is listed in [`variation`]. Blocks that cannot run here, such
//! as one that installs something, are not marked `console`.

mod console;
mod named_tests;
mod session;
mod tables;
mod two_nodes;
mod variation;

use crate::{
    import::Gpustack,
    support::{Engine, Kind, TestServer},
};
use apikey_diesel::testing::TestDatabase;
use console::Example;
use regex_lite::Regex;
use session::Session;
use std::path::{Path, PathBuf};
use variation::Difference;
use xtask_harness::server::free_address;

/// The documents whose examples run.
const README: &str = "README.md";
const API: &str = "docs/api.md";
const OPERATIONS: &str = "docs/operations.md";
const TWO_NODES: &str = "docs/two-nodes/README.md";
const MOVING: &str = "docs/moving-from-gpustack.md";
/// Where the documents say that the server listens.
const ADDRESS: &str = "127.0.0.1:8080";
/// Where they say that the database of a GPUStack is.
const GPUSTACK: &str = "postgres://gpustack:change-me@127.0.0.1/gpustack";
/// Where they say that the PostgreSQL database is.
const POSTGRES: &str = "postgres://apikey:change-me@127.0.0.1/apikey";

#[tokio::test]
async fn the_examples_of_the_readme_are_true_on_sqlite() {
    on_a_server(Kind::Sqlite, README).await;
}

#[tokio::test]
async fn the_examples_of_the_readme_are_true_on_postgres() {
    on_a_server(Kind::Postgres, README).await;
}

#[tokio::test]
async fn the_examples_of_the_api_are_true_on_sqlite() {
    on_a_server(Kind::Sqlite, API).await;
}

#[tokio::test]
async fn the_examples_of_the_api_are_true_on_postgres() {
    on_a_server(Kind::Postgres, API).await;
}

/// On a database that a GPUStack wrote.
#[tokio::test]
async fn the_examples_of_moving_from_gpustack_are_true() {
    let gpustack = Gpustack::new().await;
    let address = free_address().unwrap().to_string();
    let actual = [(ADDRESS, &*address), (GPUSTACK, gpustack.url())];
    must_be_true(MOVING, &Session::new(&actual));
}

/// These start and stop their servers themselves.
#[tokio::test]
async fn the_examples_of_operations_are_true() {
    let database = TestDatabase::empty_postgres().await.unwrap();
    let address = free_address().unwrap().to_string();
    let actual = [
        (ADDRESS, &*address),
        (POSTGRES, &*database.url_text),
        // Here the address is given, by a variable.
        (
            "127.0.0.1:8080  # default",
            "127.0.0.1:8080  # APIKEY_LISTEN",
        ),
    ];
    must_be_true(OPERATIONS, &Session::new(&actual));
}

#[test]
fn no_other_document_has_examples_that_claim_to_run() {
    for path in documents() {
        let is_run = [README, API, OPERATIONS, TWO_NODES, MOVING]
            .iter()
            .any(|document| path == root().join(document));
        let text = std::fs::read_to_string(&path).unwrap();
        let examples = console::examples(&text);
        assert_eq!(is_run, !examples.is_empty(), "{}", path.display());
    }
}

#[test]
fn a_link_leads_to_each_document() {
    // That each link leads to a file is checked by `cargo xtask ci`.
    let link = Regex::new(r"\]\(([^)#]+\.md)").unwrap();
    let mut linked = vec![root().join(README)];
    for path in documents() {
        let text = std::fs::read_to_string(&path).unwrap();
        let targets = link
            .captures_iter(&text)
            .map(|found| path.with_file_name(&found[1]));
        let others = targets.filter_map(|target| target.canonicalize().ok());
        linked.extend(others.filter(|target| *target != path));
    }
    for path in documents() {
        assert!(
            linked.contains(&path),
            "nothing links to {}",
            path.display()
        );
    }
}

async fn on_a_server(kind: Kind, document: &str) {
    let engine = Engine::start(kind).unwrap();
    let server = TestServer::start_on(&engine).await;
    let address = server.address.to_string();
    must_be_true(document, &Session::new(&[(ADDRESS, &address)]));
}

/// Runs the examples of a document, and panics with all that differ.
fn must_be_true(document: &str, session: &Session) {
    let text = std::fs::read_to_string(root().join(document)).unwrap();
    let examples = console::examples(&text);
    let printed = session.run(&examples);
    let differing: Vec<_> = examples
        .iter()
        .zip(&printed)
        .filter_map(|(example, printed)| difference(document, example, printed))
        .collect();
    println!("{document}: {} commands", examples.len());
    for (rule, count) in variation::counts(&examples) {
        println!("{document}: {rule} matched {count} times");
    }
    assert!(differing.is_empty(), "\n{}", differing.join("\n"));
}

fn difference(document: &str, example: &Example, printed: &str) -> Option<String> {
    let Difference { expected, printed } = variation::difference(&example.output, printed)?;
    let (line, command) = (example.line, &example.command);
    Some(format!(
        "{document}:{line}: $ {command}\nexpected:\n{expected}\nprinted:\n{printed}\n"
    ))
}

/// The paths of the documents of the project.
fn documents() -> Vec<PathBuf> {
    let mut documents = [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
    ]
    .map(|name| root().join(name))
    .to_vec();
    collect_markdown(&root().join("docs"), &mut documents);
    assert!(documents.len() > 30, "{documents:?}");
    documents
}

fn collect_markdown(folder: &Path, documents: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_markdown(&path, documents);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            documents.push(path);
        }
    }
}

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap()
}
