//! Each crate's `Cargo.toml`.

use crate::project_files::ProjectFiles;
use crate::violation::Violation;

/// Finds crates that do not take the workspace's lints.
pub(crate) fn every_crate_takes_the_workspace_lints(files: &ProjectFiles) -> Vec<Violation> {
    files
        .texts()
        .filter(|(path, _)| *path == "Cargo.toml" || path.ends_with("/Cargo.toml"))
        .filter(|(_, text)| has_section(text, "[package]"))
        .filter(|(_, text)| !section(text, "[lints]").any(is_taken_from_workspace))
        .map(|(path, _)| {
            Violation::in_file(
                path,
                "the crate does not take the workspace's lints",
                "add `workspace = true` below `[lints]`",
            )
        })
        .collect()
}

fn has_section(text: &str, header: &str) -> bool {
    text.lines().any(|line| line.trim() == header)
}

/// Returns the lines between a header and the next one.
fn section<'a>(text: &'a str, header: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines()
        .map(str::trim)
        .skip_while(move |line| *line != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
}

fn is_taken_from_workspace(line: &str) -> bool {
    line.split_once('=')
        .is_some_and(|(key, value)| key.trim() == "workspace" && value.trim() == "true")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project_files::tests::Sample;

    fn found(manifest: &str) -> Vec<Violation> {
        every_crate_takes_the_workspace_lints(&Sample::of(&[("a/Cargo.toml", manifest)]).files())
    }

    #[test]
    fn a_crate_with_the_workspace_lints_is_fine() {
        let manifest = "[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n";
        assert_eq!(found(manifest), []);
    }

    #[test]
    fn a_crate_without_lints_is_found() {
        let violations = found("[package]\nname = \"a\"\n");
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].place, "a/Cargo.toml");
    }

    #[test]
    fn the_word_in_another_section_does_not_count() {
        let manifest = "[package]\n[lints]\n[dependencies.b]\nworkspace = true\n";
        assert_eq!(found(manifest).len(), 1);
    }

    #[test]
    fn a_workspace_without_a_package_needs_no_lints() {
        assert_eq!(found("[workspace]\nmembers = []\n"), []);
    }
}
