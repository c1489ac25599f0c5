//! No circle of imports between the files of a crate, tests aside.
//!
//! A file depends on each file of its crate that defines something it names, in
//! a `use` or in its code. What a file re-exports is defined elsewhere: who names
//! it there depends on the file that defines it. A `mod` declaration names
//! nothing.

mod module_tree;
mod paths;
mod resolution;

use crate::imports::{module_tree::ModuleTree, resolution::resolve};
use anyhow::Result;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The files that each file depends on.
type Graph<'a> = BTreeMap<&'a Path, BTreeSet<&'a Path>>;

/// Returns the circles of imports in the crate of a root file, a message each.
pub(crate) fn circles_of_imports(root: &Path, file: &str) -> Result<Vec<String>> {
    let tree = ModuleTree::read(&root.join(file))?;
    let mut graph = Graph::new();
    for (index, module) in tree.modules().iter().enumerate() {
        let named = module.paths.iter();
        let on = named.filter_map(|path| resolve(&tree, index, path));
        let others = on.filter(|on| *on != module.file);
        graph.entry(&module.file).or_default().extend(others);
    }
    let circles = circles(&graph).into_iter();
    let messages = circles.map(|circle| format!("{file}: {}", message(&circle, &graph, root)));
    Ok(messages.collect())
}

/// Returns the sets of files that depend on each other, at least two each: the
/// strongly connected components.
fn circles<'a>(graph: &Graph<'a>) -> BTreeSet<BTreeSet<&'a Path>> {
    let circle_of = |file: &&'a Path| -> BTreeSet<_> {
        let mut circle = reachable(graph, file);
        circle.retain(|other| reachable(graph, other).contains(file));
        circle
    };
    let circles = graph.keys().map(circle_of);
    circles.filter(|circle| !circle.is_empty()).collect()
}

/// Returns what a file depends on, by any number of steps.
fn reachable<'a>(graph: &Graph<'a>, from: &'a Path) -> BTreeSet<&'a Path> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(file) = next.pop() {
        let on = graph.get(file).into_iter().flatten();
        next.extend(on.copied().filter(|on| reached.insert(*on)));
    }
    reached
}

fn message(circle: &BTreeSet<&Path>, graph: &Graph<'_>, root: &Path) -> String {
    let shown = |file: &Path| {
        file.strip_prefix(root)
            .unwrap_or(file)
            .display()
            .to_string()
    };
    let count = circle.len();
    let mut lines = format!("{count} files import each other in a circle: take it apart");
    for from in circle {
        for to in graph[from].intersection(circle) {
            lines += &format!("\n    {} -> {}", shown(from), shown(to));
        }
    }
    lines
}

#[cfg(test)]
mod tests;
