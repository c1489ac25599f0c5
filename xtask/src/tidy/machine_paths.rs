//! Paths that exist on one machine only.

use crate::tidy::project_files::ProjectFiles;
use crate::tidy::violation::Violation;

/// The starts of such paths, put together from parts, or this file would hold
/// them.
const STARTS: [&str; 3] = [
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
];

/// Finds absolute paths into somebody's folders.
pub(super) fn no_file_names_a_machine_path(files: &ProjectFiles) -> Vec<Violation> {
    files
        .texts()
        .filter(|(path, _)| !is_exempt(path))
        .flat_map(|(path, text)| violations_in(path, &text))
        .collect()
}

/// Lock files are written by tools, and the licence by others.
fn is_exempt(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".lock") || name == "LICENSE"
}

fn violations_in(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for start in STARTS.iter().filter(|start| starts_path(line, start)) {
            violations.push(Violation::in_line(
                path,
                index,
                format!("a path below `{start}` exists on one machine only"),
                "write it relative to the project, or as a setting",
            ));
        }
    }
    violations
}

/// Answers whether a line holds the start of a path as such, and not as the
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
    use crate::tidy::project_files::tests::Sample;

    fn found(path: &str, text: &str) -> Vec<Violation> {
        no_file_names_a_machine_path(&Sample::of(&[(path, text)]).files())
    }

    #[test]
    fn a_path_of_a_machine_is_found_with_its_line() {
        for start in STARTS {
            for line in [format!("{start}x"), format!("see \"{start}x\"")] {
                let violations = found("docs/setup.md", &format!("first\n{line}\n"));
                assert_eq!(violations.len(), 1, "{line}");
                assert_eq!(violations[0].place, "docs/setup.md:2");
            }
        }
    }

    #[test]
    fn the_middle_of_a_path_or_address_is_fine() {
        for start in STARTS {
            for before in [".", "..", "${HOME}", "example.com", "/srv"] {
                assert_eq!(found("a.md", &format!("{before}{start}x")), []);
            }
        }
    }

    #[test]
    fn lock_files_and_the_licence_are_exempt() {
        assert_eq!(found("Cargo.lock", STARTS[0]), []);
        assert_eq!(found("LICENSE", STARTS[0]), []);
    }

    #[test]
    fn this_file_keeps_its_own_rule() {
        assert_eq!(violations_in(file!(), include_str!("machine_paths.rs")), []);
    }
}
