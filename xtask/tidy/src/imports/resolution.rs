//! Which file defines what a path names.

use crate::imports::{module_tree::ModuleTree, paths::GLOB};
use std::path::Path;

/// How many imports of imports are followed: some lead round in a circle.
const DEPTH: usize = 16;

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
enum Target {
    /// A module.
    Module(usize),
    /// Something that a module defines.
    Item(usize),
}

/// Returns the file that defines what a path names, seen from a module; nothing
/// when that is a module as such, or of another crate.
pub(super) fn resolve<'a>(tree: &'a ModuleTree, from: usize, path: &[String]) -> Option<&'a Path> {
    let is_glob = path.last().is_some_and(|last| last == GLOB);
    match follow(tree, from, path, DEPTH)? {
        Target::Module(_) if !is_glob => None,
        Target::Module(module) | Target::Item(module) => Some(&tree.modules()[module].file),
    }
}

fn follow(tree: &ModuleTree, from: usize, path: &[String], depth: usize) -> Option<Target> {
    let depth = depth.checked_sub(1)?;
    let mut module = from;
    for (place, name) in path.iter().enumerate() {
        let is_last = place + 1 == path.len();
        let found = match name.as_str() {
            "crate" => Target::Module(0),
            "self" | GLOB => Target::Module(module),
            "super" => Target::Module(tree.modules()[module].parent?),
            _ => match look_up(tree, module, name, is_last, depth) {
                Some(found) => found,
                // Of another crate; or made by a macro where the path led.
                None if place == 0 => return None,
                None => Target::Item(module),
            },
        };
        match found {
            Target::Module(next) => module = next,
            // What follows belongs to it, such as a variant.
            Target::Item(_) => return Some(found),
        }
    }
    Some(Target::Module(module))
}

/// Finds a name in a module. Where it names a module and something else, a path
/// that goes on leads into the module.
fn look_up(
    tree: &ModuleTree,
    index: usize,
    name: &str,
    is_last: bool,
    depth: usize,
) -> Option<Target> {
    let depth = depth.checked_sub(1)?;
    let module = &tree.modules()[index];
    let child = module.children.get(name).copied().map(Target::Module);
    let item = || module.items.contains(name).then_some(Target::Item(index));
    let imported = || follow(tree, index, module.imports.get(name)?, depth);
    let from_globs = || {
        let mut globs = module.globs.iter();
        globs.find_map(|path| match follow(tree, index, path, depth)? {
            Target::Module(from) => look_up(tree, from, name, is_last, depth),
            Target::Item(_) => None,
        })
    };
    if is_last {
        item().or_else(imported).or(child).or_else(from_globs)
    } else {
        child.or_else(item).or_else(imported).or_else(from_globs)
    }
}
