//! The inputs that are kept in the tree.

use super::target::Target;
use anyhow::Result;
use std::{collections::BTreeSet, ffi::OsString, fs, path::Path};
use xtask_programs::process;

/// The most inputs of a target that are kept.
const MOST: usize = 100;

/// Replaces the corpus of a target by the fewest of its inputs, and of those that runs
/// have added, that reach as much; if these are too many, by those that were there, and
/// some of the others.
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
    // An input is called by the digest of its bytes.
    let (old, new) = (names(target.corpus())?, names(&fewest)?);
    let kept: Vec<_> = new.intersection(&old).chain(new.difference(&old)).collect();
    fs::remove_dir_all(target.corpus())?;
    fs::create_dir_all(target.corpus())?;
    for name in kept.iter().take(MOST) {
        fs::copy(fewest.join(name), target.corpus().join(name))?;
    }
    println!(
        "{}: {} inputs are kept",
        target.name(),
        kept.len().min(MOST)
    );
    Ok(())
}

fn names(folder: &Path) -> Result<BTreeSet<OsString>> {
    let entries = fs::read_dir(folder)?;
    entries.map(|entry| Ok(entry?.file_name())).collect()
}
