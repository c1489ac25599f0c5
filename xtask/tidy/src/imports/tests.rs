//! Small crates and their circles.

use super::*;
use std::fs;

/// Returns the edges of the circles in a crate of files.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(format!("{name}.rs"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let circles = circles_of_imports(folder.path(), "lib.rs").unwrap();
    let lines = circles.iter().flat_map(|circle| circle.lines().skip(1));
    lines.map(|line| line.trim().replace(".rs", "")).collect()
}

#[test]
fn a_circle_is_found_and_who_names_it_is_not() {
    let found = found(&[
        ("lib", "mod one; mod two; pub mod three;"),
        ("one", "use crate::two::Two; pub struct One;"),
        ("two", "use crate::one; pub struct Two(one::One);"),
        ("three", "use crate::{one::One, two::Two};"),
    ]);
    assert_eq!(found, ["one -> two", "two -> one"]);
}

#[test]
fn a_file_and_one_in_its_folder_make_a_circle() {
    let found = found(&[
        ("lib", "mod one;"),
        ("one", "mod part; pub struct One(part::Part);"),
        ("one/part", "pub struct Part(Box<super::One>);"),
    ]);
    assert_eq!(found, ["one/part -> one", "one -> one/part"]);
}

#[test]
fn declarations_re_exports_and_tests_name_nothing() {
    let tests = "pub struct One; #[cfg(test)] mod tests { use crate::two::Two; }";
    let found = found(&[
        (
            "lib",
            "mod one; mod two; pub use one::One as Uno; pub struct Root;",
        ),
        ("one", tests),
        ("two", "use crate::{Root, Uno}; pub struct Two;"),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_file_that_is_included_twice_is_one_file() {
    let shared = "#[path = \"shared.rs\"] mod shared; pub struct Own; pub use shared::Shared;";
    let found = found(&[
        ("lib", "mod x; mod y;"),
        ("x", &format!("{shared} pub fn x(_: shared::Shared) {{}}")),
        ("y", shared),
        ("shared", "pub struct Shared(super::Own);"),
    ]);
    let expected = ["shared -> x", "shared -> y", "x -> shared", "y -> shared"];
    assert_eq!(found, expected);
}

#[test]
fn names_that_come_by_a_glob_are_found() {
    let found = found(&[
        ("lib", "mod one; mod two; mod three;"),
        ("one", "pub use crate::two::*;"),
        ("two", "pub struct Two(crate::three::Three);"),
        ("three", "use crate::one::Two; pub struct Three;"),
    ]);
    assert_eq!(found, ["three -> two", "two -> three"]);
}
