//! The programs of a README.

/// A block of Rust, and the dependencies that stand before it.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    /// The text of the TOML block.
    pub manifest: String,
    /// The text of the Rust block.
    pub source: String,
}

/// Returns every program, in order. Several may share the dependencies before them.
///
/// # Panics
///
/// If a program has no dependencies before it, or dependencies no program after them.
pub fn programs(readme: &str) -> Vec<Program> {
    let mut programs = Vec::new();
    let mut manifest = None;
    let mut is_used = true;
    for (language, text) in blocks(readme) {
        match language.split(',').next() {
            // Other TOML is configuration of cargo.
            Some("toml") if text.contains("dependencies]\n") => {
                assert!(is_used, "no program stands after these:\n{manifest:?}");
                (manifest, is_used) = (Some(text), false);
            }
            Some("rust") => {
                let manifest = manifest.clone();
                let manifest = manifest.expect("dependencies stand before each program");
                is_used = true;
                programs.push(Program {
                    manifest,
                    source: text,
                });
            }
            _ => {}
        }
    }
    assert!(is_used, "no program stands after these:\n{manifest:?}");
    programs
}

impl Program {
    /// Returns whether it has a `main`. All else is a test.
    pub(crate) fn has_main(&self) -> bool {
        self.source.contains("fn main(")
    }

    /// Returns the text of a file of tests: statements become a test, as rustdoc makes
    /// them a program.
    pub(crate) fn as_test(&self) -> String {
        let source = &self.source;
        if source.contains("#[test]") || source.contains("_suite!(") {
            return source.clone();
        }
        format!("#[test]\nfn it_runs() {{\n{source}}}\n")
    }
}

/// Returns the fenced blocks, each with what stands behind its fence.
fn blocks(readme: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text = lines.by_ref().take_while(|line| *line != "```");
            let text = text.flat_map(|line| [line, "\n"]).collect();
            blocks.push((language.to_owned(), text));
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPENDENCIES: &str = "```toml\n[dev-dependencies]\na = \"1\"\n```\n";

    #[test]
    fn programs_share_the_dependencies_before_them() {
        let readme =
            format!("{DEPENDENCIES}```rust\nfn main() {{}}\n```\n```rust,no_run\nf();\n```");
        let programs = programs(&readme);
        assert!(
            programs
                .iter()
                .all(|one| one.manifest.contains("a = \"1\""))
        );
        assert!(programs[0].has_main() && !programs[1].has_main());
        assert_eq!(programs[1].as_test(), "#[test]\nfn it_runs() {\nf();\n}\n");
    }

    #[test]
    fn other_blocks_are_no_programs() {
        let readme = "```toml\n[env]\nA = \"1\"\n```\n```text\na\n```\n```sh\nls\n```\n";
        assert_eq!(programs(readme), []);
    }

    #[test]
    #[should_panic(expected = "no program stands after these")]
    fn dependencies_of_nothing_are_an_error() {
        programs(DEPENDENCIES);
    }

    #[test]
    #[should_panic(expected = "dependencies stand before each program")]
    fn a_program_without_dependencies_is_an_error() {
        programs("```rust\nfn main() {}\n```");
    }
}
