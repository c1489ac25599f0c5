//! No circle of imports between the files of a crate, tests aside.
//!
//! A file depends on each file of its crate that defines something it names, in
//! a `use` or in its code. What a file re-exports is defined elsewhere: who names
//! it there depends on the file that defines it. A `mod` declaration names
//! nothing.
//!
//! A file and those in its folder may name each other. That makes no circle by
//! itself, so each circle is looked for twice: without what files name of those
//! in their folder, and without what these name of them.

mod circles;
mod module_tree;
mod paths;
mod resolution;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::imports::circles::circles;
use crate::imports::module_tree::ModuleTree;
use crate::imports::resolution::resolve;

/// The files that each file depends on.
type Graph = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

/// Returns the circles of imports in the crate of a root file, a message each.
pub(crate) fn circles_of_imports(root: &Path, file: &str) -> Result<BTreeSet<String>> {
    let tree = ModuleTree::read(&root.join(file))?;
    let up = graph(&tree, |from, to| !is_in_folder_of(from, to));
    let down = graph(&tree, |from, to| !is_in_folder_of(to, from));
    let messages = [&up, &down].into_iter().flat_map(|graph| {
        let circles = circles(graph).into_iter();
        circles.map(|circle| format!("{file}: {}", message(&circle, graph, root)))
    });
    Ok(messages.collect())
}

/// Finds which file depends on which, where that counts.
fn graph(tree: &ModuleTree, counts: impl Fn(&Path, &Path) -> bool) -> Graph {
    let mut graph = Graph::new();
    for (index, module) in tree.modules().iter().enumerate() {
        let on = graph.entry(module.file.clone()).or_default();
        for path in &module.paths {
            let others = |file: &PathBuf| *file != module.file && counts(&module.file, file);
            on.extend(resolve(tree, index, path).filter(others));
        }
    }
    graph
}

/// Returns whether a file lies in the folder that belongs to another, or below.
fn is_in_folder_of(file: &Path, other: &Path) -> bool {
    let is_root = other.ends_with("lib.rs") || other.ends_with("main.rs");
    let folder = if is_root {
        other.parent().map(Path::to_owned).unwrap_or_default()
    } else {
        other.with_extension("")
    };
    file.starts_with(folder)
}

fn message(circle: &BTreeSet<&Path>, graph: &Graph, root: &Path) -> String {
    let shown = |file: &Path| {
        let relative = file.strip_prefix(root).unwrap_or(file);
        relative.display().to_string()
    };
    let count = circle.len();
    let mut lines = format!("{count} files import each other in a circle: take it apart");
    for from in circle {
        let to = graph[*from].iter().map(PathBuf::as_path);
        for to in to.filter(|to| circle.contains(to)) {
            lines += &format!("\n    {} -> {}", shown(from), shown(to));
        }
    }
    lines
}

#[cfg(test)]
mod tests;
