//! What an earlier dry run of `cargo publish` left behind.
//!
//! Cargo takes a package of a registry for one that never changes. But each dry run makes
//! another registry in the same place, with other packages of the same versions: what was
//! unpacked or built of earlier ones would be taken for them.

use anyhow::{Context, Result};
use std::{
    env, fs, io,
    path::{Path, PathBuf},
};
use xtask_programs::{environment, workspace::Workspace};

/// Removes what was unpacked and built of the packages of this workspace.
pub(super) fn forget_earlier(workspace: &Workspace) -> Result<()> {
    let home = environment::variable("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    let home = home.context("neither CARGO_HOME nor HOME is set")?;
    for (folder, forget) in [
        (home.join("registry/src"), forget_unpacked as fn(&Path) -> _),
        (workspace.root().join("target/debug"), forget_built),
    ] {
        forget(&folder).with_context(|| format!("clean {}", folder.display()))?;
    }
    Ok(())
}

/// Removes packages that were unpacked. The folder of a registry that has no host begins
/// with a dash.
fn forget_unpacked(sources: &Path) -> io::Result<()> {
    for registry in entries(sources, "-")? {
        for package in entries(&registry, "apikey-")? {
            fs::remove_dir_all(package)?;
        }
    }
    Ok(())
}

/// Removes the fingerprints of what was built of packages that were unpacked.
fn forget_built(profile: &Path) -> io::Result<()> {
    for file in entries(&profile.join("deps"), "apikey_")? {
        let is_list = file.extension().is_some_and(|extension| extension == "d");
        if !is_list || !fs::read_to_string(&file)?.contains("registry/src/-") {
            continue;
        }
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let Some((package, hash)) = name.rsplit_once('-') else {
            continue;
        };
        let fingerprint = format!("{}-{hash}", package.replace('_', "-"));
        let fingerprint = profile.join(".fingerprint").join(fingerprint);
        if fingerprint.exists() {
            fs::remove_dir_all(fingerprint)?;
        }
    }
    Ok(())
}

/// Lists what is in a folder under names that begin with `prefix`. There is nothing in one
/// that is missing.
fn entries(folder: &Path, prefix: &str) -> io::Result<Vec<PathBuf>> {
    let all = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        all => all?,
    };
    let mut found = Vec::new();
    for entry in all {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_packages_that_a_dry_run_unpacked_are_removed() {
        let home = tempfile::tempdir().unwrap();
        let (ours, other) = ("-22c3/apikey-domain-0.1.0", "-22c3/serde-1.0.0");
        let downloaded = "index.crates.io-1949/apikey-domain-0.1.0";
        for package in [ours, other, downloaded] {
            fs::create_dir_all(home.path().join(package)).unwrap();
        }
        forget_unpacked(home.path()).unwrap();
        assert!(!home.path().join(ours).exists());
        assert!(home.path().join(other).exists() && home.path().join(downloaded).exists());
        forget_unpacked(&home.path().join("missing")).unwrap();
    }

    #[test]
    fn only_what_was_built_of_them_is_built_again() {
        let target = tempfile::tempdir().unwrap();
        let path = |path: &str| target.path().join(path);
        for (hash, source) in [
            ("1a", "../.cargo/registry/src/-22c3/apikey-http-0.1.0"),
            ("2b", "crates/apikey-http"),
        ] {
            let fingerprint = format!(".fingerprint/apikey-http-{hash}");
            fs::create_dir_all(path(&fingerprint)).unwrap();
            fs::create_dir_all(path("deps")).unwrap();
            let list = format!("libapikey_http.rlib: {source}/src/lib.rs");
            fs::write(path(&format!("deps/apikey_http-{hash}.d")), list).unwrap();
        }
        forget_built(target.path()).unwrap();
        assert!(!path(".fingerprint/apikey-http-1a").exists());
        assert!(path(".fingerprint/apikey-http-2b").exists());
        forget_built(&path("missing")).unwrap();
    }
}
