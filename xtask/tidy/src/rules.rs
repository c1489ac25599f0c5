//! Rules about the text of a file.

/// The most lines that a source file may have, tests included.
const LINES_AT_MOST: usize = 350;

/// Attributes that hide warnings or tests and that no lint finds. The texts are
/// put together from parts, or this file would hold them.
const ATTRIBUTES: [&str; 2] = [concat!("#![", "allow("), concat!("#[", "ignore")];

/// The starts of paths that exist on one machine only.
const MACHINE_PATHS: [&str; 3] = [
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
];

/// Returns what is wrong with a file, a line each.
pub(crate) fn violations(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (count, is_rust) = (text.lines().count(), path.ends_with(".rs"));
    if is_rust && count > LINES_AT_MOST {
        let limit = format!("{count} lines, and {LINES_AT_MOST} is the limit");
        found.push(format!("{path}: {limit}: split the file by topic"));
    }
    if path.ends_with("Cargo.toml") && text.contains("[package]") && !text.contains(TAKES_LINTS) {
        found.push(format!("{path}: the crate lacks `{TAKES_LINTS}`"));
    }
    for (index, line) in text.lines().enumerate() {
        let place = format!("{path}:{}", index + 1);
        for attribute in ATTRIBUTES
            .iter()
            .filter(|one| is_rust && line.contains(*one))
        {
            let instead = "write #[expect(lint, reason = \"...\")], make the test run everywhere";
            found.push(format!("{place}: `{attribute}` is forbidden: {instead}"));
        }
        let starts = MACHINE_PATHS
            .iter()
            .filter(|start| !is_exempt(path) && starts_path(line, start));
        for start in starts {
            found.push(format!(
                "{place}: a path below `{start}` exists on one machine only"
            ));
        }
    }
    found
}

const TAKES_LINTS: &str = "[lints]\nworkspace = true";

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

    fn found(path: &str, text: &str) -> usize {
        violations(path, text).len()
    }

    #[test]
    fn a_source_file_over_the_limit_is_found() {
        let (fine, long) = ("\n".repeat(LINES_AT_MOST), "\n".repeat(LINES_AT_MOST + 1));
        assert_eq!((found("a.rs", &fine), found("a.sql", &long)), (0, 0));
        assert_eq!(found("tests/a.rs", &long), 1);
    }

    #[test]
    fn a_crate_without_the_workspace_lints_is_found() {
        let package = "[package]\nname = \"a\"\n";
        assert_eq!(found("a/Cargo.toml", package), 1);
        assert_eq!(
            found("a/Cargo.toml", &format!("{package}{TAKES_LINTS}\n")),
            0
        );
        assert_eq!(found("Cargo.toml", "[workspace]\nmembers = []\n"), 0);
    }

    #[test]
    fn forbidden_attributes_are_found_in_sources() {
        for attribute in ATTRIBUTES {
            let found_in = violations("src/a.rs", &format!("\n{attribute}"));
            assert!(found_in[0].starts_with("src/a.rs:2: "), "{found_in:?}");
            assert_eq!(found("docs/style.md", attribute), 0);
        }
    }

    #[test]
    fn a_path_of_a_machine_is_found_and_the_middle_of_another_is_not() {
        for start in MACHINE_PATHS {
            for line in [format!("{start}x"), format!("see \"{start}x\"")] {
                assert_eq!(found("docs/setup.md", &line), 1);
            }
            for before in [".", "..", "${HOME}", "example.com", "/srv"] {
                assert_eq!(found("a.md", &format!("{before}{start}x")), 0);
            }
            assert_eq!(found("Cargo.lock", start), 0);
        }
        assert_eq!(found("rules.rs", include_str!("rules.rs")), 0);
    }
}
