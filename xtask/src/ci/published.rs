//! What holds for the crates that are published.

use super::dry_run;
use anyhow::{Result, bail};
use xtask_programs::{process, workspace::Workspace};

/// The databases of `apikey-diesel`, and what must not come with each of them alone.
const DATABASES: [(&str, &[&str]); 2] = [
    ("postgres", &["libsqlite3-sys"]),
    ("sqlite", &["ring", "rustls", "tokio-postgres"]),
];

/// The crates of which an embedder takes a part, and the parts: features without `server`.
const PARTS: [(&str, &[&str]); 2] = [
    (
        "apikey-domain",
        &["", "system", "system,testing", "system,mock"],
    ),
    ("apikey-cache", &[""]),
];

/// Checks `apikey-diesel` with each of its databases alone. The other checks have both.
pub(super) fn each_database(workspace: &Workspace) -> Result<()> {
    for (database, absent) in DATABASES {
        let selected = ["--package", "apikey-diesel", "--no-default-features"];
        let selected = [&selected[..], &["--features", database]].concat();
        let mut tree = workspace.cargo(&["tree", "--edges", "normal", "--prefix", "none"]);
        let listing = process::output(tree.args(["--format", "{p}"]).args(&selected))?;
        if let Some(present) = present(&listing, absent) {
            bail!("apikey-diesel with the feature `{database}` alone depends on {present}");
        }
        let mut clippy = workspace.cargo(&["clippy"]);
        process::succeed(clippy.args(&selected).args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

/// Checks the parts of crates that do without what only a server needs. The other checks
/// have everything.
pub(super) fn parts(workspace: &Workspace) -> Result<()> {
    for (package, parts) in PARTS {
        for features in parts {
            let mut clippy = workspace.cargo(&["clippy", "--package", package]);
            clippy.args(["--no-default-features", "--features", features]);
            process::succeed(clippy.args(["--", "-D", "warnings"]))?;
        }
    }
    Ok(())
}

/// Compares the public interfaces with the listings that are kept.
pub(super) fn public_api(workspace: &Workspace) -> Result<()> {
    let mut run = workspace.cargo(&["run", "--quiet", "--package", "xtask-public-api"]);
    process::succeed(&mut run)
}

/// Packages the crates and builds each package, as crates.io and its users would see
/// them. Nothing is uploaded.
pub(super) fn publish(workspace: &Workspace) -> Result<()> {
    dry_run::forget_earlier(workspace)?;
    let mut publish = workspace.cargo(&["publish", "--workspace", "--dry-run", "--locked"]);
    // What is packaged is what lies there. A package has no profile of its own: with that
    // of the workspace it shares what was built of other crates.
    publish
        .arg("--allow-dirty")
        .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only");
    process::succeed(&mut publish)
}

/// Returns the first of the packages `absent` that a listing of `name version` has.
fn present<'a>(listing: &str, absent: &[&'a str]) -> Option<&'a str> {
    let has = |name: &str| {
        let mut lines = listing.lines();
        lines.any(|line| line.split_whitespace().next() == Some(name))
    };
    absent.iter().copied().find(|name| has(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_found_by_its_whole_name() {
        let listing = "apikey-diesel v0.1.0 (somewhere)\nring v0.17.14\nserde v1.0.0 (*)\n";
        assert_eq!(present(listing, &["rustls", "ring"]), Some("ring"));
        assert_eq!(present(listing, &["apikey", "0.17.14", "serde_json"]), None);
    }
}
