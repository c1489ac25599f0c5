//! `cargo xtask tidy`: the project's own rules.
//!
//! Each rule looks at the project's files, or at what cargo says of it, and
//! gives its violations. All are listed before the command fails.

mod documentation;
mod domain_dependencies;
mod file_size;
mod forbidden_text;
mod machine_paths;
mod manifests;
mod migrations;
mod project_files;
mod violation;

use anyhow::{Result, bail};

use crate::tidy::project_files::ProjectFiles;
use crate::tidy::violation::Violation;
use crate::workspace::Workspace;

/// A rule that needs the project's files only.
type FileRule = fn(&ProjectFiles) -> Vec<Violation>;

const FILE_RULES: [FileRule; 7] = [
    documentation::every_document_is_linked,
    file_size::no_source_file_is_long,
    file_size::no_module_is_named_mod,
    forbidden_text::no_source_file_holds_forbidden_text,
    machine_paths::no_file_names_a_machine_path,
    manifests::every_crate_takes_the_workspace_lints,
    migrations::both_dialects_migrate_together,
];

/// Checks all rules.
///
/// # Errors
///
/// When a rule is violated, after all violations were printed, and when the
/// files cannot be listed or cargo fails.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let files = ProjectFiles::list(workspace)?;
    let mut violations: Vec<Violation> = FILE_RULES.iter().flat_map(|rule| rule(&files)).collect();
    violations.extend(domain_dependencies::check(workspace)?);

    for violation in &violations {
        println!("{violation}");
    }
    if !violations.is_empty() {
        bail!("violations of the project's rules: {}", violations.len());
    }
    println!("{} files keep the project's rules", files.paths().len());
    Ok(())
}
