//! The programs of a README.

/// A program, and the dependencies that stand before it.
pub(crate) struct Program {
    /// The text of the TOML block.
    pub(crate) manifest: String,
    /// The text of the Rust block.
    pub(crate) source: String,
}

/// Returns every program, in order. Each Rust block has a TOML block of its own.
pub(crate) fn programs(readme: &str) -> Vec<Program> {
    let mut programs = Vec::new();
    let mut manifest = None;
    for (language, text) in blocks(readme) {
        match language.split(',').next() {
            Some("toml") => manifest = Some(text),
            Some("rust") => {
                let manifest = manifest.take();
                let manifest = manifest.expect("dependencies stand before each program");
                programs.push(Program {
                    manifest,
                    source: text,
                });
            }
            _ => {}
        }
    }
    assert!(
        manifest.is_none(),
        "a program stands after all dependencies"
    );
    programs
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
