//! What is found.

use serde_json::json;
use std::fmt::{Display, Formatter};

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The server does not start, refuses what is good, or gives away a secret.
    Error,
    /// It may come to that.
    Warning,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// Which check found it.
    pub check: &'static str,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub advice: String,
}

/// Everything that is wrong.
pub struct Findings(pub Vec<Finding>);

// === impl Finding ===

impl Finding {
    pub(super) fn error(check: &'static str, what: impl Display, advice: impl Display) -> Self {
        Self::new(Level::Error, check, what, advice)
    }

    pub(super) fn warning(check: &'static str, what: impl Display, advice: impl Display) -> Self {
        Self::new(Level::Warning, check, what, advice)
    }

    fn new(level: Level, check: &'static str, what: impl Display, advice: impl Display) -> Self {
        Self {
            level,
            check,
            what: what.to_string(),
            advice: advice.to_string(),
        }
    }
}

// === impl Level ===

impl Display for Level {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

// === impl Findings ===

impl Findings {
    /// Returns whether something does not work.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|finding| finding.level == Level::Error)
    }

    /// Returns them as one line of JSON.
    pub fn to_json(&self) -> String {
        let findings = self.0.iter().map(|finding| {
            json!({
                "level": finding.level.to_string(),
                "check": finding.check,
                "what": finding.what,
                "do": finding.advice,
            })
        });
        let findings: Vec<_> = findings.collect();
        format!("{}\n", json!({ "findings": findings }))
    }
}

impl Display for Findings {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return writeln!(formatter, "nothing is wrong");
        }
        for finding in &self.0 {
            let Finding {
                level,
                check,
                what,
                advice,
            } = finding;
            writeln!(formatter, "{level}: {check}: {what}\n  {advice}")?;
        }
        Ok(())
    }
}
