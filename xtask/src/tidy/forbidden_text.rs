//! Text that has no place in source files.

use crate::tidy::project_files::ProjectFiles;
use crate::tidy::violation::Violation;

/// A piece of source text and what to write instead.
struct Forbidden {
    text: &'static str,
    remedy: &'static str,
}

/// The texts are put together from parts, or this file would hold them.
const FORBIDDEN: [Forbidden; 6] = [
    Forbidden {
        text: concat!("#[", "allow("),
        remedy: "write #[expect(lint, reason = \"...\")]",
    },
    Forbidden {
        text: concat!("#![", "allow("),
        remedy: "write #![expect(lint, reason = \"...\")]",
    },
    Forbidden {
        text: concat!("#[", "ignore"),
        remedy: "make the test run everywhere or remove it",
    },
    Forbidden {
        text: concat!("todo", "!("),
        remedy: "do it or leave it out",
    },
    Forbidden {
        text: concat!("unimplemented", "!("),
        remedy: "implement it or leave it out",
    },
    Forbidden {
        text: concat!("dbg", "!("),
        remedy: "remove it, or log through tracing",
    },
];

/// Finds attributes that hide a warning or a test, and macros of unfinished
/// work.
pub(super) fn no_source_file_holds_forbidden_text(files: &ProjectFiles) -> Vec<Violation> {
    files
        .rust_sources()
        .flat_map(|(path, text)| violations_in(path, &text))
        .collect()
}

fn violations_in(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for forbidden in FORBIDDEN.iter().filter(|one| line.contains(one.text)) {
            let rule = format!("`{}` is forbidden", forbidden.text);
            violations.push(Violation::in_line(path, index, rule, forbidden.remedy));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project_files::tests::Sample;

    #[test]
    fn each_forbidden_text_is_found_with_its_line() {
        for forbidden in FORBIDDEN {
            let text = format!("fn main() {{\n    {}\n}}\n", forbidden.text);
            let sample = Sample::of(&[("src/main.rs", &text)]);
            let violations = no_source_file_holds_forbidden_text(&sample.files());
            assert_eq!(violations.len(), 1, "{}", forbidden.text);
            assert_eq!(violations[0].place, "src/main.rs:2");
        }
    }

    #[test]
    fn an_expectation_with_a_reason_is_fine() {
        let sample = Sample::of(&[("a.rs", "#[expect(dead_code, reason = \"why\")]\n")]);
        assert_eq!(no_source_file_holds_forbidden_text(&sample.files()), []);
    }

    #[test]
    fn other_files_may_talk_about_it() {
        let sample = Sample::of(&[("docs/style.md", FORBIDDEN[0].text)]);
        assert_eq!(no_source_file_holds_forbidden_text(&sample.files()), []);
    }

    #[test]
    fn this_file_keeps_its_own_rule() {
        assert_eq!(
            violations_in(file!(), include_str!("forbidden_text.rs")),
            []
        );
    }
}
