//! Text that has no place in the project, and that no lint finds.

use crate::project_files::ProjectFiles;
use crate::violation::Violation;

/// Attributes that hide warnings or tests, and what to do instead. The texts are
/// put together from parts, or this file would hold them.
const ATTRIBUTES: [(&str, &str); 2] = [
    (
        concat!("#![", "allow("),
        "write #![expect(lint, reason = \"...\")]",
    ),
    (
        concat!("#[", "ignore"),
        "make the test run everywhere or remove it",
    ),
];

/// The starts of paths that exist on one machine only.
const MACHINE_PATHS: [&str; 3] = [
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
];

/// Finds attributes that hide a warning or a test.
pub(crate) fn no_source_file_holds_forbidden_text(files: &ProjectFiles) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in files.rust_sources() {
        for (index, line) in text.lines().enumerate() {
            for (text, remedy) in ATTRIBUTES.iter().filter(|(text, _)| line.contains(text)) {
                let rule = format!("`{text}` is forbidden");
                violations.push(Violation::in_line(path, index, rule, remedy));
            }
        }
    }
    violations
}

/// Finds absolute paths into somebody's folders.
pub(crate) fn no_file_names_a_machine_path(files: &ProjectFiles) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in files.texts().filter(|(path, _)| !is_exempt(path)) {
        for (index, line) in text.lines().enumerate() {
            for start in MACHINE_PATHS
                .iter()
                .filter(|start| starts_path(line, start))
            {
                let rule = format!("a path below `{start}` exists on one machine only");
                let remedy = "write it relative to the project, or as a setting";
                violations.push(Violation::in_line(path, index, rule, remedy));
            }
        }
    }
    violations
}

/// Returns whether others write a file: lock files by tools, and the license.
fn is_exempt(path: &str) -> bool {
    path.ends_with(".lock") || path == "LICENSE"
}

/// Returns whether a line holds the start of a path as such, and not as the
/// middle of a longer one or of an address.
fn starts_path(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(position, _)| {
        !line[..position].ends_with(|before: char| {
            before.is_alphanumeric() || matches!(before, '.' | '_' | '-' | '~' | '*' | '/' | '}')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project_files::tests::Sample;

    fn found(path: &str, text: &str) -> Vec<String> {
        let files = Sample::of(&[(path, text)]);
        let mut violations = no_source_file_holds_forbidden_text(&files.files());
        violations.extend(no_file_names_a_machine_path(&files.files()));
        violations.into_iter().map(|one| one.place).collect()
    }

    #[test]
    fn forbidden_attributes_are_found_in_sources() {
        for (text, _) in ATTRIBUTES {
            assert_eq!(found("src/a.rs", &format!("\n{text}")), ["src/a.rs:2"]);
            assert_eq!(found("docs/style.md", text), [""; 0]);
        }
    }

    #[test]
    fn a_path_of_a_machine_is_found_with_its_line() {
        for start in MACHINE_PATHS {
            for line in [format!("{start}x"), format!("see \"{start}x\"")] {
                let text = format!("first\n{line}\n");
                assert_eq!(found("docs/setup.md", &text), ["docs/setup.md:2"]);
            }
        }
    }

    #[test]
    fn the_middle_of_a_path_or_address_is_fine() {
        for start in MACHINE_PATHS {
            for before in [".", "..", "${HOME}", "example.com", "/srv"] {
                assert_eq!(found("a.md", &format!("{before}{start}x")), [""; 0]);
            }
            assert_eq!(found("Cargo.lock", start), [""; 0]);
        }
    }

    #[test]
    fn this_file_keeps_its_own_rules() {
        let text = include_str!("forbidden_text.rs");
        assert_eq!(found("src/forbidden_text.rs", text), [""; 0]);
    }
}
