//! What a rule finds.

use std::fmt;

/// One place that does not keep a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The file, from the workspace's root, with a line where one is known.
    pub(crate) place: String,
    /// What the rule says is wrong.
    pub(crate) rule: String,
    /// What to do about it.
    pub(crate) remedy: &'static str,
}

// === impl Violation ===

impl Violation {
    /// Makes a violation of a whole file.
    pub(crate) fn in_file(path: &str, rule: impl Into<String>, remedy: &'static str) -> Self {
        Self {
            place: path.to_owned(),
            rule: rule.into(),
            remedy,
        }
    }

    /// Makes a violation of a line, counted from zero.
    pub(crate) fn in_line(
        path: &str,
        index: usize,
        rule: impl Into<String>,
        remedy: &'static str,
    ) -> Self {
        Self::in_file(&format!("{path}:{}", index + 1), rule, remedy)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}: {}", self.place, self.rule, self.remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_names_place_rule_and_remedy() {
        let violation = Violation::in_line("src/lib.rs", 2, "too long", "split it");
        assert_eq!(violation.to_string(), "src/lib.rs:3: too long: split it");
    }
}
