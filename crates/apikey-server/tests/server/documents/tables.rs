//! Tables of `docs/operations.md` name what the program says: messages of the log,
//! causes of 503, and settings.

use super::{OPERATIONS, root};
use crate::support::{command, run};
use regex_lite::Regex;
use std::{collections::BTreeSet, path::Path};

fn operations() -> String {
    std::fs::read_to_string(root().join(OPERATIONS)).unwrap()
}

/// Returns the rows of the tables below a heading.
fn rows(text: &str, heading: &str) -> Vec<String> {
    let (_, section) = text.split_once(&format!("\n{heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| "));
    rows.map(str::to_owned).collect()
}

/// Returns the sources of the program, without their line breaks within texts.
fn sources() -> String {
    let mut text = String::new();
    for name in [
        "apikey-server",
        "apikey-http",
        "apikey-diesel",
        "apikey-domain",
    ] {
        collect(&root().join("crates").join(name).join("src"), &mut text);
    }
    let broken = Regex::new(r"\\\n\s*").unwrap();
    broken.replace_all(&text, "").into_owned()
}

fn collect(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, text);
        } else {
            *text += &std::fs::read_to_string(path).unwrap();
        }
    }
}

/// Returns the texts in code in a cell, and of one with an omission what comes before.
fn texts(cell: &str) -> Vec<String> {
    let code = Regex::new("`([^`]+)`").unwrap();
    let found = code.captures_iter(cell);
    found
        .map(|text| text[1].split('…').next().unwrap().trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect()
}

#[test]
fn each_line_of_the_log_that_is_documented_exists() {
    let sources = sources();
    let mut lines = 0;
    for row in rows(&operations(), "## Log") {
        let cells: Vec<_> = row.split(" | ").collect();
        let levels = ["`INFO`", "`WARN`", "`ERROR`", "`DEBUG`"];
        if !levels.iter().any(|level| cells[0].contains(level)) {
            continue;
        }
        for message in texts(cells[1]) {
            assert!(sources.contains(&format!("\"{message}")), "{message}");
            lines += 1;
        }
    }
    assert!(lines > 20, "{lines}");
}

#[test]
fn each_cause_of_503_that_is_documented_exists() {
    let sources = sources();
    // What PostgreSQL's driver and SQLite say, which a test of the server shows.
    let of_libraries = [
        "error connecting to server:",
        "connection closed",
        "database is locked",
    ];
    let mut causes = 0;
    for row in rows(&operations(), "## What 503 means") {
        let cause = row.split(" | ").next().unwrap();
        for text in texts(cause) {
            let text = text.trim_end_matches(',').to_owned();
            let text = text.replace("20000", "");
            let known = text.split("  ").all(|part| sources.contains(part));
            assert!(known || of_libraries.contains(&&*text), "{text}");
            causes += 1;
        }
    }
    assert!(causes > 10, "{causes}");
}

#[test]
fn the_table_of_settings_is_the_one_that_the_program_prints() {
    let folder = tempfile::tempdir().unwrap();
    let (code, table) = run(command(folder.path()).args(["config", "table"]));
    assert_eq!(code, 0, "{table}");
    assert!(table.lines().count() > 30, "{table}");
    assert!(
        operations().contains(&format!("\n\n{table}\n")),
        "put this into {OPERATIONS}:\n{table}"
    );
}

#[test]
fn each_variable_of_the_help_is_in_the_table() {
    let variable = Regex::new(r"\bAPIKEY_[A-Z_]+\b").unwrap();
    let variables = |text: &str| -> BTreeSet<String> {
        let found = variable.find_iter(text);
        found.map(|name| name.as_str().to_owned()).collect()
    };
    let mut documented = BTreeSet::new();
    for row in rows(&operations(), "## Settings") {
        documented.extend(row.split(" | ").nth(1).map(variables).unwrap_or_default());
    }
    let folder = tempfile::tempdir().unwrap();
    let mut shown = BTreeSet::new();
    for arguments in [
        &["--help"][..],
        &["import", "gpustack", "--help"],
        &["key", "list", "--help"],
    ] {
        let (code, help) = run(command(folder.path()).args(arguments));
        assert_eq!(code, 0, "{help}");
        shown.extend(variables(&help));
    }
    assert_eq!(documented, shown);
}
