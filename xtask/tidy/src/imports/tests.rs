//! Small crates and their circles.

use super::*;
use std::fs;

/// Returns the circles of a crate, each with its edges.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let circles = circles_of_imports(folder.path(), files[0].0).unwrap();
    circles
        .iter()
        .flat_map(|circle| circle.lines())
        .map(|line| line.trim().replace("a/src/", "").replace(".rs", ""))
        .collect()
}

#[test]
fn a_circle_is_shown_with_its_edges() {
    let found = found(&[
        ("a/src/lib.rs", "mod one; mod two; pub mod three;"),
        ("a/src/one.rs", "use crate::two::Two; pub struct One;"),
        ("a/src/two.rs", "pub struct Two(super::one::One);"),
        ("a/src/three.rs", "use crate::{one::One, two::Two};"),
    ]);
    let expected = [
        "lib: 2 files import each other in a circle: take it apart",
        "one -> two",
        "two -> one",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_mod_declaration_names_nothing() {
    let found = found(&[
        ("a/src/lib.rs", "mod one; pub struct Root;"),
        ("a/src/one.rs", "use crate::Root;"),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_file_and_those_in_its_folder_may_name_each_other() {
    let found = found(&[
        ("a/src/lib.rs", "mod one;"),
        ("a/src/one.rs", "mod part; pub struct One(part::Part);"),
        ("a/src/one/part.rs", "pub struct Part(Box<super::One>);"),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_circle_through_a_file_and_its_folder_is_found() {
    let files = [
        ("a/src/lib.rs", "mod one; mod two;"),
        (
            "a/src/one.rs",
            "mod part; pub use part::Part; pub struct One;",
        ),
        ("a/src/one/part.rs", "pub struct Part(crate::two::Two);"),
        ("a/src/two.rs", "pub struct Two(crate::one::One);"),
    ];
    let found = found(&files);
    let expected = ["one/part -> two", "one -> one/part", "two -> one"];
    assert_eq!(found[1..], expected);
}

#[test]
fn what_is_re_exported_belongs_to_the_file_that_defines_it() {
    let found = found(&[
        ("a/src/lib.rs", "mod one; mod two; pub use one::One as Uno;"),
        ("a/src/one.rs", "pub struct One;"),
        ("a/src/two.rs", "use crate::Uno; pub struct Two;"),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn tests_do_not_count() {
    let found = found(&[
        ("a/src/lib.rs", "mod one; mod two;"),
        (
            "a/src/one.rs",
            "pub struct One; #[cfg(test)] mod tests { use crate::two::Two; }",
        ),
        ("a/src/two.rs", "use crate::one::One; pub struct Two;"),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_module_that_is_imported_counts_by_what_is_named_of_it() {
    let found = found(&[
        (
            "a/src/main.rs",
            "mod one; mod two; fn main() { two::two() }",
        ),
        (
            "a/src/one.rs",
            "use crate::two; pub fn one() { two::two() }",
        ),
        (
            "a/src/two.rs",
            "use crate::one; pub fn two() { println!(\"{}\", one::one()) }",
        ),
    ]);
    assert_eq!(found[1..], ["one -> two", "two -> one"]);
}

#[test]
fn a_file_that_is_included_twice_is_one_file() {
    let shared = "#[path = \"shared.rs\"] mod shared; pub struct Own; pub use shared::Shared;";
    let found = found(&[
        ("a/src/lib.rs", "mod x; mod y;"),
        ("a/src/x.rs", shared),
        ("a/src/y.rs", shared),
        ("a/src/shared.rs", "pub struct Shared(super::Own);"),
    ]);
    let expected = ["shared -> x", "shared -> y", "x -> shared", "y -> shared"];
    assert_eq!(found[1..], expected);
}

#[test]
fn names_that_come_by_a_glob_are_found() {
    let found = found(&[
        ("a/src/lib.rs", "mod one; mod two; mod three;"),
        ("a/src/one.rs", "pub use crate::two::*;"),
        ("a/src/two.rs", "pub struct Two(crate::three::Three);"),
        ("a/src/three.rs", "use crate::one::Two; pub struct Three;"),
    ]);
    assert_eq!(found[1..], ["three -> two", "two -> three"]);
}
