//! Circles in a graph.

use std::collections::BTreeSet;
use std::path::Path;

use crate::imports::Graph;

/// Returns the sets of files that depend on each other, at least two each: the
/// strongly connected components.
pub(super) fn circles(graph: &Graph) -> Vec<BTreeSet<&Path>> {
    let mut circles = Vec::new();
    let mut seen: BTreeSet<&Path> = BTreeSet::new();
    for file in graph.keys().map(|file| file.as_path()) {
        if seen.contains(file) {
            continue;
        }
        let back = |other: &&Path| reachable(graph, other).contains(file);
        let circle: BTreeSet<_> = reachable(graph, file).into_iter().filter(back).collect();
        seen.extend(&circle);
        if circle.len() > 1 {
            circles.push(circle);
        }
    }
    circles
}

/// Returns what a file depends on, by any number of steps.
fn reachable<'a>(graph: &'a Graph, from: &Path) -> BTreeSet<&'a Path> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(file) = next.pop() {
        for on in graph.get(file).into_iter().flatten() {
            if reached.insert(on.as_path()) {
                next.push(on);
            }
        }
    }
    reached
}
