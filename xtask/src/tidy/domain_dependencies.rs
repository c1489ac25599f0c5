//! What the domain pulls into a service that embeds it.

use anyhow::Result;

use crate::process;
use crate::tidy::violation::Violation;
use crate::workspace::Workspace;

const MANIFEST: &str = "crates/apikey-domain/Cargo.toml";

/// All that the domain may depend on directly, without its feature `testing`.
const DIRECT: [&str; 11] = [
    "async-trait",
    "blake2",
    "futures-channel",
    "futures-core",
    "futures-util",
    "hmac",
    "sha2",
    "subtle",
    "thiserror",
    "time",
    "zeroize",
];

/// What must not come in by any path: a runtime, a framework, a database, a
/// network, a wire format or randomness. A name stands for its family too:
/// `tokio` for `tokio-util`.
const NOWHERE: [&str; 16] = [
    "actix",
    "async-std",
    "axum",
    "diesel",
    "getrandom",
    "hyper",
    "libsqlite3-sys",
    "mio",
    "openssl",
    "rand",
    "reqwest",
    "ring",
    "rustls",
    "serde_json",
    "smol",
    "tokio",
];

/// Asks cargo for the domain's dependencies and finds those it must not have.
///
/// # Errors
///
/// When cargo fails.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Violation>> {
    Ok(the_domain_stays_small(&tree(workspace)?))
}

/// Gives the domain's dependencies without its feature `testing`, each with
/// its depth before the name.
fn tree(workspace: &Workspace) -> Result<String> {
    process::output(&mut workspace.cargo(&[
        "tree",
        "--package",
        "apikey-domain",
        "--edges",
        "normal",
        "--target",
        "all",
        "--prefix",
        "depth",
    ]))
}

/// Finds what the domain must not depend on in the answer of [`tree`].
fn the_domain_stays_small(tree: &str) -> Vec<Violation> {
    let mut violations: Vec<Violation> = Vec::new();
    for (depth, name) in tree.lines().filter_map(dependency) {
        let rule = if NOWHERE.iter().any(|family| is_of_family(name, family)) {
            format!("the domain must not pull in {name}")
        } else if depth == 1 && !DIRECT.contains(&name) {
            format!("the domain must not depend on {name}")
        } else {
            continue;
        };
        let remedy =
            "keep it behind a port, or argue for it in xtask/src/tidy/domain_dependencies.rs";
        violations.push(Violation::in_file(MANIFEST, rule, remedy));
    }
    violations.dedup();
    violations
}

/// Reads a line like `1time v0.3.55 (*)`.
fn dependency(line: &str) -> Option<(usize, &str)> {
    let name_at = line.find(|character: char| !character.is_ascii_digit())?;
    let depth = line[..name_at].parse().ok()?;
    let name = line[name_at..].split_whitespace().next()?;
    Some((depth, name))
}

fn is_of_family(name: &str, family: &str) -> bool {
    name.strip_prefix(family)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(tree: &str) -> Vec<String> {
        the_domain_stays_small(tree)
            .into_iter()
            .map(|violation| violation.rule)
            .collect()
    }

    #[test]
    fn the_known_dependencies_are_fine() {
        let tree = "0apikey-domain v0.1.0 (crates/apikey-domain)\n\
                    1async-trait v0.1.92 (proc-macro)\n2syn v3.0.9\n\
                    1hmac v0.13.0\n2digest v0.11.3\n1sha2 v0.11.1\n2digest v0.11.3 (*)\n";
        assert_eq!(rules(tree), [""; 0]);
    }

    #[test]
    fn an_unknown_direct_dependency_is_found() {
        assert_eq!(
            rules("0apikey-domain v0.1.0\n1serde v1.0.229\n"),
            ["the domain must not depend on serde"]
        );
    }

    #[test]
    fn a_runtime_is_found_however_deep() {
        assert_eq!(
            rules("0apikey-domain v0.1.0\n1time v0.3.55\n2x v1.0.0\n3tokio-util v0.7.0\n"),
            ["the domain must not pull in tokio-util"]
        );
    }

    #[test]
    fn a_name_that_only_begins_alike_is_fine() {
        assert!(is_of_family("rand", "rand"));
        assert!(is_of_family("rand_core", "rand"));
        assert!(!is_of_family("randomize", "rand"));
    }

    #[test]
    fn what_cargo_answers_is_understood() {
        let xtask = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let tree = tree(&Workspace::at(xtask.parent().unwrap())).unwrap();
        let dependencies: Vec<_> = tree.lines().filter_map(dependency).collect();
        assert_eq!(dependencies[0], (0, "apikey-domain"));
        assert!(dependencies.contains(&(1, "thiserror")), "{tree}");
    }
}
