//! The project's own rules, as far as no tool of the field checks them.
//!
//! Each rule looks at the project's files and returns its violations. All are
//! listed before the command fails.

mod file_size;
mod forbidden_text;
mod imports;
mod manifests;
mod project_files;
mod violation;

use anyhow::{Result, bail};
use xtask_programs::workspace::Workspace;

use crate::project_files::ProjectFiles;
use crate::violation::Violation;

/// A rule that needs the text of files only.
type TextRule = fn(&ProjectFiles) -> Vec<Violation>;

const TEXT_RULES: [TextRule; 4] = [
    file_size::no_source_file_is_long,
    forbidden_text::no_source_file_holds_forbidden_text,
    forbidden_text::no_file_names_a_machine_path,
    manifests::every_crate_takes_the_workspace_lints,
];

/// Checks all rules.
///
/// # Errors
///
/// When a rule is violated, after all violations were printed, and when the
/// files cannot be listed or read.
pub fn run(workspace: &Workspace) -> Result<()> {
    let files = ProjectFiles::list(workspace)?;
    let mut violations: Vec<Violation> = TEXT_RULES.iter().flat_map(|rule| rule(&files)).collect();
    violations.extend(imports::no_imports_go_in_circles(&files)?);

    for violation in &violations {
        println!("{violation}");
    }
    if !violations.is_empty() {
        bail!("violations of the project's rules: {}", violations.len());
    }
    println!("{} files keep the project's rules", files.paths().len());
    Ok(())
}
