//! The project's own rules, as far as no tool of the field checks them.
//!
//! All violations are listed before the command fails.

mod imports;
mod rules;

use crate::{imports::circles_of_imports, rules::violations};
use anyhow::{Result, bail};
use std::fs;
use xtask_programs::{process, workspace::Workspace};

/// Checks all rules on the files that git knows or would add.
pub fn run(workspace: &Workspace) -> Result<()> {
    let options = ["-z", "--cached", "--others", "--exclude-standard"];
    let listing = process::output(workspace.git(&["ls-files"]).args(options))?;
    let (mut count, mut found) = (0, Vec::new());
    for path in listing.split('\0') {
        // Git also lists files that were deleted; and images are no text.
        let Ok(text) = fs::read_to_string(workspace.root().join(path)) else {
            continue;
        };
        count += 1;
        found.extend(violations(path, &text));
        if path.ends_with("src/lib.rs") || path.ends_with("src/main.rs") {
            found.extend(circles_of_imports(workspace.root(), path)?);
        }
    }
    for violation in &found {
        println!("{violation}");
    }
    if !found.is_empty() {
        bail!("violations of the project's rules: {}", found.len());
    }
    println!("{count} files keep the project's rules");
    Ok(())
}
