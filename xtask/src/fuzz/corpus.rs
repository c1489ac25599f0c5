//! The inputs that are kept in the tree.

use super::target::Target;
use anyhow::Result;
use std::fs;
use xtask_programs::process;

/// Replaces the corpus of a target by the fewest of its inputs, and of those that runs
/// have added, that reach as much.
pub(super) fn keep_fewest(target: &Target) -> Result<()> {
    let fewest = target.found().with_file_name("fewest");
    if fewest.exists() {
        fs::remove_dir_all(&fewest)?;
    }
    fs::create_dir_all(&fewest)?;
    let mut merge = target.command();
    // How often a place is reached makes no difference: that would be thousands.
    merge.args(["-set_cover_merge=1", "-use_counters=0", "-verbosity=0"]);
    merge.arg(&fewest).args([target.corpus(), &target.found()]);
    process::succeed(&mut merge)?;
    let mut kept = 0;
    fs::remove_dir_all(target.corpus())?;
    fs::create_dir_all(target.corpus())?;
    for entry in fs::read_dir(&fewest)? {
        let entry = entry?;
        fs::copy(entry.path(), target.corpus().join(entry.file_name()))?;
        kept += 1;
    }
    println!("{}: {kept} inputs are kept", target.name());
    Ok(())
}
