//! The modules of a crate, as its `mod` declarations lay them out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use quote::ToTokens;
use syn::{Attribute, Expr, ExprLit, Item, ItemMod, Lit, Meta, UseTree};

use crate::imports::paths::{is_for_tests, paths};

/// The modules of a crate; the root comes first.
pub(super) struct ModuleTree(Vec<Module>);

/// A module, in a file of its own or inline.
pub(super) struct Module {
    /// The file it stands in.
    pub(super) file: PathBuf,
    /// The module around it.
    pub(super) parent: Option<usize>,
    /// The modules in it.
    pub(super) children: BTreeMap<String, usize>,
    /// What it defines.
    pub(super) items: BTreeSet<String>,
    /// What it imports under which name.
    pub(super) imports: BTreeMap<String, Vec<String>>,
    /// From where it imports everything.
    pub(super) globs: Vec<Vec<String>>,
    /// The paths in it.
    pub(super) paths: Vec<Vec<String>>,
}

/// Where a module stands.
struct Place {
    file: PathBuf,
    /// Where the files of the modules in it are.
    folder: PathBuf,
    parent: Option<usize>,
}

// === impl ModuleTree ===

impl ModuleTree {
    /// Reads a crate from its root file on.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self(Vec::new());
        tree.add_file(Place {
            file: root.to_owned(),
            folder: folder_of(root),
            parent: None,
        })?;
        Ok(tree)
    }

    /// Returns all modules.
    pub(super) fn modules(&self) -> &[Module] {
        &self.0
    }

    fn add_file(&mut self, place: Place) -> Result<usize> {
        let shown = place.file.display().to_string();
        let text = fs::read_to_string(&place.file).with_context(|| shown.clone())?;
        let file = syn::parse_file(&text).with_context(|| shown)?;
        self.add(&place, file.items)
    }

    fn add(&mut self, place: &Place, items: Vec<Item>) -> Result<usize> {
        let index = self.0.len();
        self.0.push(Module {
            file: place.file.clone(),
            parent: place.parent,
            children: BTreeMap::new(),
            items: BTreeSet::new(),
            imports: BTreeMap::new(),
            globs: Vec::new(),
            paths: Vec::new(),
        });
        for item in items {
            match item {
                Item::Mod(module) => {
                    if !is_of_tests(&module.attrs) {
                        let name = module.ident.to_string();
                        let child = self.add_module(place, index, module)?;
                        self.0[index].children.insert(name, child);
                    }
                }
                item => self.0[index].add_item(&item),
            }
        }
        Ok(index)
    }

    fn add_module(&mut self, around: &Place, parent: usize, module: ItemMod) -> Result<usize> {
        let name = module.ident.to_string();
        let parent = Some(parent);
        if let Some((_, items)) = module.content {
            let (file, folder) = (around.file.clone(), around.folder.join(name));
            let place = Place {
                file,
                folder,
                parent,
            };
            return self.add(&place, items);
        }
        let place = match path_attribute(&module.attrs) {
            Some(path) => {
                let file = normal(&folder_of(&around.file).join(path));
                let folder = folder_of(&file);
                Place {
                    file,
                    folder,
                    parent,
                }
            }
            None => Place {
                file: around.folder.join(format!("{name}.rs")),
                folder: around.folder.join(name),
                parent,
            },
        };
        self.add_file(place)
    }
}

// === impl Module ===

impl Module {
    fn add_item(&mut self, item: &Item) {
        let tokens = item.to_token_stream();
        let found = paths(tokens);
        // An item of tests only has no paths left, and no name that counts.
        let name = match item {
            Item::Use(item) if !is_of_tests(&item.attrs) => {
                self.add_use(&item.tree, &mut Vec::new());
                None
            }
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Macro(item) => item.ident.as_ref(),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            _ => None,
        };
        self.items.extend(name.map(ToString::to_string));
        self.paths.extend(found);
    }

    fn add_use(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        let path = |name: &syn::Ident| {
            let name = (*name != "self").then(|| name.to_string());
            before.iter().cloned().chain(name).collect::<Vec<_>>()
        };
        match tree {
            UseTree::Path(tree) => {
                before.push(tree.ident.to_string());
                self.add_use(&tree.tree, before);
                before.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_use(tree, before);
                }
            }
            UseTree::Glob(_) => self.globs.push(before.clone()),
            UseTree::Name(tree) => {
                let path = path(&tree.ident);
                if let Some(name) = path.last().cloned() {
                    self.imports.insert(name, path);
                }
            }
            UseTree::Rename(tree) => {
                let path = path(&tree.ident);
                self.imports.insert(tree.rename.to_string(), path);
            }
        }
    }
}

fn is_of_tests(attributes: &[Attribute]) -> bool {
    let mut attributes = attributes.iter();
    attributes.any(|attribute| is_for_tests(attribute.meta.to_token_stream()))
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else {
            return None;
        };
        match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(path),
                ..
            }) if pair.path.is_ident("path") => Some(path.value()),
            _ => None,
        }
    })
}

fn folder_of(file: &Path) -> PathBuf {
    file.parent().map(Path::to_owned).unwrap_or_default()
}

/// Resolves `..` by the text alone, so that a file has one name.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        if part.as_os_str() == ".." {
            normal.pop();
        } else {
            normal.push(part);
        }
    }
    normal
}
