//! Small files with telling names.

use crate::tidy::project_files::ProjectFiles;
use crate::tidy::violation::Violation;

/// The length at which a source file must be split.
const LINES_AT_MOST: usize = 400;

/// Finds source files that are too long, tests included.
pub(super) fn no_source_file_is_long(files: &ProjectFiles) -> Vec<Violation> {
    let too_long = |(path, text): (&str, String)| {
        let lines = text.lines().count();
        (lines > LINES_AT_MOST).then(|| {
            Violation::in_file(
                path,
                format!("{lines} lines, and {LINES_AT_MOST} is the limit"),
                "split the file by topic",
            )
        })
    };
    files.rust_sources().filter_map(too_long).collect()
}

/// Finds modules named `mod.rs`.
pub(super) fn no_module_is_named_mod(files: &ProjectFiles) -> Vec<Violation> {
    files
        .paths()
        .iter()
        .filter(|path| *path == "mod.rs" || path.ends_with("/mod.rs"))
        .map(|path| {
            Violation::in_file(
                path,
                "a module named mod.rs",
                "name the file after the module, beside the module's folder",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project_files::tests::Sample;

    #[test]
    fn a_file_at_the_limit_is_fine() {
        let sample = Sample::of(&[("a.rs", &"\n".repeat(400)), ("a.sql", &"\n".repeat(999))]);
        assert_eq!(no_source_file_is_long(&sample.files()), []);
    }

    #[test]
    fn a_file_over_the_limit_is_found() {
        let sample = Sample::of(&[("tests/a.rs", &"\n".repeat(401))]);
        let violations = no_source_file_is_long(&sample.files());
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].place, "tests/a.rs");
        assert!(violations[0].rule.starts_with("401 lines"));
    }

    #[test]
    fn a_module_named_after_itself_is_fine() {
        let sample = Sample::of(&[("src/key.rs", ""), ("src/key/amod.rs", "")]);
        assert_eq!(no_module_is_named_mod(&sample.files()), []);
    }

    #[test]
    fn a_module_named_mod_is_found() {
        let sample = Sample::of(&[("src/key/mod.rs", "")]);
        let violations = no_module_is_named_mod(&sample.files());
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].place, "src/key/mod.rs");
    }
}
