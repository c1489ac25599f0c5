//! The tests that `docs/security.md` names exist, so that it cannot claim what nothing
//! shows.

use super::root;
use regex_lite::Regex;
use std::{collections::BTreeSet, path::Path};

const SECURITY: &str = "docs/security.md";

/// The folders with tests.
const SOURCES: [&str; 2] = ["crates", "xtask"];

/// Returns the tests that a text names in code: names of five words or more.
fn named(text: &str) -> BTreeSet<String> {
    let name = Regex::new("`([a-z0-9]+(?:_[a-z0-9]+){4,})`").unwrap();
    let found = name.captures_iter(text);
    found.map(|name| name[1].to_owned()).collect()
}

/// Adds the functions that the sources in a folder define.
fn collect_functions(folder: &Path, functions: &mut BTreeSet<String>) {
    let function = Regex::new(r"\bfn ([a-z0-9_]+)\(").unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_functions(&path, functions);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(path).unwrap();
            let found = function.captures_iter(&text);
            functions.extend(found.map(|function| function[1].to_owned()));
        }
    }
}

#[test]
fn each_test_that_the_page_about_security_names_exists() {
    let mut functions = BTreeSet::new();
    for folder in SOURCES {
        collect_functions(&root().join(folder), &mut functions);
    }
    let text = std::fs::read_to_string(root().join(SECURITY)).unwrap();
    let named = named(&text);
    assert!(named.len() > 50, "{named:?}");
    let missing: Vec<_> = named.difference(&functions).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn each_answer_to_a_threat_is_shown_by_a_test() {
    let text = std::fs::read_to_string(root().join(SECURITY)).unwrap();
    let mut rows = 0;
    for heading in ["## Threats", "## The OWASP API Security Top 10"] {
        let (_, section) = text.split_once(&format!("\n{heading}\n")).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let table = section.lines().filter(|line| line.starts_with("| "));
        for row in table.skip(2) {
            let (_, shown_by) = row.trim_end_matches(" |").rsplit_once(" | ").unwrap();
            assert!(!named(shown_by).is_empty(), "{row}");
            rows += 1;
        }
    }
    assert!(rows > 25, "{rows}");
}
