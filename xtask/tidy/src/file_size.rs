//! Small files.

use crate::project_files::ProjectFiles;
use crate::violation::Violation;

/// The most lines that a source file may have.
const LINES_AT_MOST: usize = 350;

/// Finds source files that are too long, tests included.
pub(crate) fn no_source_file_is_long(files: &ProjectFiles) -> Vec<Violation> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project_files::tests::Sample;

    #[test]
    fn a_file_over_the_limit_is_found() {
        let (fine, long) = ("\n".repeat(LINES_AT_MOST), "\n".repeat(LINES_AT_MOST + 1));
        let sample = Sample::of(&[("a.rs", &fine), ("a.sql", &long), ("tests/a.rs", &long)]);
        let violations = no_source_file_is_long(&sample.files());
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].place, "tests/a.rs");
        assert!(violations[0].rule.starts_with("351 lines"));
    }
}
