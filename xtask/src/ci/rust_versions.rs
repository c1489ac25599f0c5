//! The oldest version of Rust that each published crate says it needs.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use xtask_programs::{process, workspace::Workspace};

/// Checks that no crate says it works with a Rust that one of its dependencies does not
/// work with. What the standard library had at that time is checked by clippy
/// (`incompatible_msrv`).
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    let options = [
        "metadata",
        "--format-version",
        "1",
        "--all-features",
        "--locked",
    ];
    let metadata = process::output(&mut workspace.cargo(&options))?;
    let metadata = serde_json::from_str(&metadata).context("cargo metadata is no JSON")?;
    let found = violations(&metadata)?;
    for violation in &found {
        println!("{violation}");
    }
    if !found.is_empty() {
        bail!("dependencies need a newer Rust: {}", found.len());
    }
    Ok(())
}

/// Returns the dependencies that need a newer Rust than a crate of the workspace that is
/// published says, a line each.
fn violations(metadata: &Value) -> Result<Vec<String>> {
    let packages = by_id(&metadata["packages"])?;
    let nodes = by_id(&metadata["resolve"]["nodes"])?;
    let mut found = Vec::new();
    for member in array(&metadata["workspace_members"])? {
        let package = packages.get(text(member)?).context("a member is missing")?;
        // What is not published has an empty list of registries.
        if package["publish"].is_array() {
            continue;
        }
        let name = text(&package["name"])?;
        let own = rust_version(package).with_context(|| format!("{name} has no rust-version"))?;
        for id in dependencies(text(member)?, &nodes)? {
            let dependency = packages.get(id).context("a dependency is missing")?;
            if let Some(needed) = rust_version(dependency)
                && needed > own
            {
                let (minor, needed) = (own.1, needed.1);
                let dependency = text(&dependency["name"])?;
                found.push(format!(
                    "{name} says Rust 1.{minor}, but {dependency} needs 1.{needed}"
                ));
            }
        }
    }
    Ok(found)
}

/// Returns the ids of all that is built for a package, without what only tests need.
fn dependencies<'a>(
    root: &'a str,
    nodes: &BTreeMap<&'a str, &'a Value>,
) -> Result<BTreeSet<&'a str>> {
    let (mut seen, mut pending) = (BTreeSet::new(), vec![root]);
    while let Some(id) = pending.pop() {
        if !seen.insert(id) {
            continue;
        }
        for dependency in array(&nodes.get(id).context("a node is missing")?["deps"])? {
            let kinds = array(&dependency["dep_kinds"])?;
            if kinds.iter().any(|kind| kind["kind"] != "dev") {
                pending.push(text(&dependency["pkg"])?);
            }
        }
    }
    Ok(seen)
}

/// Returns the major and minor version of the oldest Rust that a package needs.
fn rust_version(package: &Value) -> Option<(u64, u64)> {
    let mut parts = package["rust_version"].as_str()?.split('.');
    let mut part = || parts.next()?.parse().ok();
    Some((part()?, part()?))
}

fn by_id(values: &Value) -> Result<BTreeMap<&str, &Value>> {
    let values = array(values)?.iter();
    values
        .map(|value| Ok((text(&value["id"])?, value)))
        .collect()
}

fn array(value: &Value) -> Result<&Vec<Value>> {
    value.as_array().context("cargo metadata lacks a list")
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().context("cargo metadata lacks a text")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(own: &str, publish: &Value, kind: &Value) -> usize {
        let metadata = json!({
            "packages": [
                {"id": "a", "name": "a", "rust_version": own, "publish": publish},
                {"id": "b", "name": "b", "rust_version": null, "publish": null},
                {"id": "c", "name": "c", "rust_version": "1.89.0", "publish": null},
            ],
            "workspace_members": ["a"],
            "resolve": {"nodes": [
                {"id": "a", "deps": [{"pkg": "b", "dep_kinds": [{"kind": kind}]}]},
                {"id": "b", "deps": [{"pkg": "c", "dep_kinds": [{"kind": null}]}]},
                {"id": "c", "deps": []},
            ]},
        });
        violations(&metadata).unwrap().len()
    }

    #[test]
    fn a_dependency_that_needs_a_newer_rust_is_found_through_others() {
        let (published, normal) = (Value::Null, Value::Null);
        assert_eq!(found("1.88", &published, &normal), 1);
        assert_eq!(found("1.89", &published, &normal), 0);
        assert_eq!(found("1.100", &published, &normal), 0);
        assert_eq!(found("1.88", &published, &json!("build")), 1);
    }

    #[test]
    fn what_only_tests_need_and_what_is_not_published_may_need_any() {
        assert_eq!(found("1.88", &Value::Null, &json!("dev")), 0);
        assert_eq!(found("1.88", &json!([]), &Value::Null), 0);
    }
}
