//! The modules of a crate, as its `mod` declarations lay them out.

use crate::imports::paths::{GLOB, is_for_tests, paths};
use anyhow::{Context, Result};
use quote::ToTokens;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use syn::{Attribute, Expr, ExprLit, Item, Lit, Meta};

/// The modules of a crate; the root comes first.
pub(super) struct ModuleTree(Vec<Module>);

/// A module, in a file of its own or inline.
#[derive(Default)]
pub(super) struct Module {
    pub(super) file: PathBuf,
    pub(super) parent: Option<usize>,
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

// === impl ModuleTree ===

impl ModuleTree {
    /// Reads a crate from its root file on.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self(Vec::new());
        tree.add_file(root, root.with_file_name(""), None)?;
        Ok(tree)
    }

    /// Returns all modules.
    pub(super) fn modules(&self) -> &[Module] {
        &self.0
    }

    /// Adds the module of a file, and those whose files are in its folder.
    fn add_file(&mut self, file: &Path, folder: PathBuf, parent: Option<usize>) -> Result<usize> {
        let shown = || file.display().to_string();
        let text = fs::read_to_string(file).with_context(shown)?;
        let items = syn::parse_file(&text).with_context(shown)?.items;
        self.add(file, &folder, parent, items)
    }

    fn add(
        &mut self,
        file: &Path,
        folder: &Path,
        parent: Option<usize>,
        items: Vec<Item>,
    ) -> Result<usize> {
        let index = self.0.len();
        self.0.push(Module {
            file: file.to_owned(),
            parent,
            ..Module::default()
        });
        for item in items {
            match item {
                Item::Mod(module) if is_of_tests(&module.attrs) => {}
                Item::Mod(module) => {
                    let name = module.ident.to_string();
                    let inner = folder.join(&name);
                    let path = path_attribute(&module.attrs);
                    let child = match (module.content, path) {
                        (Some((_, items)), _) => self.add(file, &inner, Some(index), items)?,
                        (None, Some(path)) => {
                            let file = file.with_file_name(path);
                            self.add_file(&file, file.with_file_name(""), Some(index))?
                        }
                        (None, None) => {
                            self.add_file(&inner.with_extension("rs"), inner, Some(index))?
                        }
                    };
                    self.0[index].children.insert(name, child);
                }
                item => self.0[index].add_item(&item),
            }
        }
        Ok(index)
    }
}

// === impl Module ===

impl Module {
    fn add_item(&mut self, item: &Item) {
        // An item of tests only has no paths left, and no name that counts.
        for (path, name) in paths(item.to_token_stream()) {
            match item {
                Item::Use(_) if name == GLOB => self.globs.push(path.clone()),
                Item::Use(_) => _ = self.imports.insert(name, path.clone()),
                _ => {}
            }
            self.paths.push(path);
        }
        let name = match item {
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
