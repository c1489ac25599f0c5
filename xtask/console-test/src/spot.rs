//! Where on a page something is.

use serde_json::{Value, json};

/// The way to an element of a page, as a person would describe it.
#[derive(Debug, Clone)]
pub(crate) struct Spot(Vec<Value>);

// === impl Spot ===

impl Spot {
    /// Describes a visible element by a selector.
    pub(crate) fn of(selector: &str) -> Self {
        Self(vec![step(selector, None)])
    }

    /// Describes a visible element by a selector and the words that it shows or is labeled
    /// with.
    pub(crate) fn saying(selector: &str, words: &str) -> Self {
        Self(vec![step(selector, Some(words))])
    }

    /// Describes an element within this one.
    pub(crate) fn then(&self, selector: &str) -> Self {
        self.extended(step(selector, None))
    }

    /// Describes an element within this one that says something.
    pub(crate) fn then_saying(&self, selector: &str, words: &str) -> Self {
        self.extended(step(selector, Some(words)))
    }

    /// Returns it as an expression of the page's language.
    pub(crate) fn to_script(&self) -> String {
        Value::from(self.0.clone()).to_string()
    }

    fn extended(&self, step: Value) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

fn step(selector: &str, words: Option<&str>) -> Value {
    json!({"selector": selector, "words": words})
}
