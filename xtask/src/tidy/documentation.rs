//! Documents that a reader can find.

use std::collections::BTreeSet;

use crate::tidy::project_files::ProjectFiles;
use crate::tidy::violation::Violation;

const START: &str = "README.md";
const FOLDER: &str = "docs/";

/// What stands before the target of a link: in Markdown, in a Markdown
/// reference, and in HTML.
const BEFORE_TARGET: [&str; 4] = ["](", "]: ", "src=\"", "href=\""];

/// Finds files in `docs/` that neither `README.md` nor another document links
/// to.
pub(super) fn every_document_is_linked(files: &ProjectFiles) -> Vec<Violation> {
    if !files.has(START) {
        return Vec::new();
    }
    let mut linked = BTreeSet::new();
    for path in files.paths() {
        if path == START || is_document(path) && path.ends_with(".md") {
            let text = files.text(path).unwrap_or_default();
            linked.extend(targets(path, &text).filter(|target| target != path));
        }
    }
    files
        .paths()
        .iter()
        .filter(|path| is_document(path) && !linked.contains(*path))
        .map(|path| {
            Violation::in_file(
                path,
                "no document links to it",
                "link it from README.md or from another file in docs/",
            )
        })
        .collect()
}

fn is_document(path: &str) -> bool {
    path.starts_with(FOLDER)
}

/// Gives the files that a document links to, by their path from the root.
fn targets(document: &str, text: &str) -> impl Iterator<Item = String> {
    BEFORE_TARGET.iter().flat_map(move |before| {
        text.split(before)
            .skip(1)
            .filter_map(|rest| rest.split([')', '"', '#', ' ', '\n']).next())
            .map(|target| resolve(document, target))
    })
}

/// Gives the path from the root of what a document calls `target`.
fn resolve(document: &str, target: &str) -> String {
    let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::project_files::tests::Sample;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        every_document_is_linked(&Sample::of(files).files())
            .into_iter()
            .map(|violation| violation.place)
            .collect()
    }

    #[test]
    fn documents_linked_in_any_form_are_fine() {
        let violations = found(&[
            (
                "README.md",
                "[a](docs/a.md) [b](./docs/b.md#part), ![p](docs/p.svg \"P\")\n[r]: docs/r.md\n",
            ),
            ("docs/a.md", "[deep](deep/c.md) <img src=\"i.png\">"),
            ("docs/deep/c.md", "[up](../d.md)"),
            ("docs/b.md", ""),
            ("docs/d.md", ""),
            ("docs/p.svg", ""),
            ("docs/r.md", ""),
            ("docs/i.png", ""),
        ]);
        assert_eq!(violations, [""; 0]);
    }

    #[test]
    fn a_document_that_nothing_links_to_is_found() {
        let violations = found(&[("README.md", "see docs/a.md"), ("docs/a.md", "")]);
        assert_eq!(violations, ["docs/a.md"]);
    }

    #[test]
    fn a_document_that_links_to_itself_is_found() {
        let violations = found(&[("README.md", ""), ("docs/a.md", "[top](a.md)")]);
        assert_eq!(violations, ["docs/a.md"]);
    }

    #[test]
    fn without_a_readme_nothing_is_asked() {
        assert_eq!(found(&[("docs/a.md", "")]), [""; 0]);
    }
}
