//! How many public items have an example, from what rustdoc wrote.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::{collections::BTreeSet, fmt};

/// The modules in which every item must have an example.
const MUST_HAVE: [&str; 2] = ["use_case", "port"];

/// The kinds of items that are counted. Fields, variants and constants are shown by the
/// examples of what they belong to.
const KINDS: [&str; 6] = ["function", "struct", "enum", "trait", "type_alias", "macro"];

/// How many of some items have an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Share {
    with: usize,
    all: usize,
}

/// The examples of a crate.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Examples {
    /// Functions that are no methods, types, traits and macros.
    items: Share,
    methods: Share,
    /// The paths of the items that must have an example and have none, sorted.
    pub(crate) missing: Vec<String>,
}

impl Examples {
    /// Counts the items of a crate by the JSON that rustdoc wrote of it.
    pub(crate) fn of(json: &str) -> Result<Self> {
        let json: Value = serde_json::from_str(json).context("rustdoc wrote no JSON")?;
        let index = json["index"].as_object().context("there is no index")?;
        let mut found = Self::default();
        let mut modules = BTreeSet::new();
        for (id, item) in index {
            if item["crate_id"] != 0 || item["visibility"] != "public" {
                continue;
            }
            let Some(kind) = KINDS.iter().find(|kind| item["inner"].get(kind).is_some()) else {
                continue;
            };
            let has_example = has_example(item["docs"].as_str().unwrap_or_default());
            match (path(&json["paths"][id]), *kind) {
                (Some(path), _) => {
                    found.items.count(has_example);
                    modules.extend(path.first().copied());
                    if !has_example && must_have(&path) {
                        found.missing.push(path.join("::"));
                    }
                }
                // What has no path belongs to a type.
                (None, "function") => found.methods.count(has_example),
                (None, _) => {}
            }
        }
        let has_all = MUST_HAVE.iter().all(|module| modules.contains(module));
        ensure!(has_all, "rustdoc wrote of no use case or of no port");
        found.missing.sort();
        Ok(found)
    }
}

impl fmt::Display for Examples {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { items, methods, .. } = self;
        write!(
            formatter,
            "{} of {} public functions, types and traits have an example, and {} of {} methods",
            items.with, items.all, methods.with, methods.all
        )
    }
}

impl Share {
    fn count(&mut self, has_example: bool) {
        self.all += 1;
        self.with += usize::from(has_example);
    }
}

/// Returns the path of an item without the crate, if it has one.
fn path(summary: &Value) -> Option<Vec<&str>> {
    let names = summary["path"].as_array()?;
    names.iter().skip(1).map(Value::as_str).collect()
}

fn must_have(path: &[&str]) -> bool {
    path.first().is_some_and(|first| MUST_HAVE.contains(first))
}

/// Returns whether a documentation has a block that is compiled.
fn has_example(docs: &str) -> bool {
    const COMPILED: [&str; 4] = ["", "rust", "no_run", "should_panic"];
    let mut fences = docs.lines().filter_map(|line| line.strip_prefix("```"));
    // Every second fence ends a block.
    let is_compiled = |tags: &str| tags.split(',').all(|tag| COMPILED.contains(&tag));
    fences.by_ref().step_by(2).any(is_compiled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn item(kind: &str, docs: &str) -> Value {
        json!({ "crate_id": 0, "visibility": "public", "docs": docs, "inner": { kind: {} } })
    }

    #[test]
    fn what_lacks_an_example_is_named_where_one_must_be() {
        let example = "Does it.\n\n# Example\n\n```\nassert!(true);\n```\n";
        let json = json!({
            "index": {
                "1": item("function", example),
                "2": item("trait", "Without."),
                "3": item("struct", "Elsewhere."),
                "4": item("function", "A method."),
                "5": item("struct_field", "A field."),
            },
            "paths": {
                "1": { "path": ["a", "use_case", "verify"] },
                "2": { "path": ["a", "port", "Clock"] },
                "3": { "path": ["a", "key", "Key"] },
            },
        });
        let found = Examples::of(&json.to_string()).unwrap();
        assert_eq!(found.items, Share { with: 1, all: 3 });
        assert_eq!(found.methods, Share { with: 0, all: 1 });
        assert_eq!(found.missing, ["port::Clock"]);
    }

    #[test]
    fn a_block_that_is_not_compiled_is_no_example() {
        for docs in [
            "",
            "```text\na\n```",
            "```ignore\na\n```",
            "```rust,ignore\na\n```",
        ] {
            assert!(!has_example(docs), "{docs}");
        }
        for docs in ["```\na\n```", "```text\na\n```\n\n```rust,no_run\na\n```"] {
            assert!(has_example(docs), "{docs}");
        }
    }

    #[test]
    fn an_empty_listing_is_an_error() {
        assert!(Examples::of("{}").is_err());
        assert!(Examples::of(r#"{"index": {}, "paths": {}}"#).is_err());
    }
}
