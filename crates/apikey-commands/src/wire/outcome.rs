//! Outcomes as JSON.

use super::batch::row_id;
use apikey_domain::{
    import::{
        finding::{Done, Effect, Finding, Outcome},
        source::RowId,
    },
    port::import_store::Brought,
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Done(Vec<One>),
    AnotherSource { kind: String, row: String },
}

#[derive(Serialize, Deserialize)]
struct One {
    kind: String,
    row: String,
    done: String,
    findings: Vec<Said>,
}

#[derive(Serialize, Deserialize)]
struct Said {
    name: String,
    effect: String,
    reason: String,
}

/// Writes what became of a batch as JSON in one line.
///
/// # Errors
///
/// If it cannot be written.
pub fn write_brought(brought: &Brought) -> Result<String, serde_json::Error> {
    serde_json::to_string(&match brought {
        Brought::Done(outcomes) => Answer::Done(outcomes.iter().map(One::of).collect()),
        Brought::AnotherSource(RowId { kind, text }) => Answer::AnotherSource {
            kind: kind.as_str().to_owned(),
            row: text.clone(),
        },
    })
}

/// Reads what became of a batch. Returns `None` if the text is none.
pub fn read_brought(json: &str) -> Option<Brought> {
    Some(match serde_json::from_str(json).ok()? {
        Answer::Done(outcomes) => {
            let outcomes = outcomes.into_iter().map(One::into_outcome);
            Brought::Done(outcomes.collect::<Option<_>>()?)
        }
        Answer::AnotherSource { kind, row } => Brought::AnotherSource(row_id(&kind, row)?),
    })
}

// === impl One ===

impl One {
    fn of(outcome: &Outcome) -> Self {
        let findings = outcome.findings.iter().map(|finding| Said {
            name: finding.name.clone(),
            effect: finding.effect.as_str().to_owned(),
            reason: finding.reason.clone(),
        });
        Self {
            kind: outcome.row.kind.as_str().to_owned(),
            row: outcome.row.text.clone(),
            done: outcome.done.as_str().to_owned(),
            findings: findings.collect(),
        }
    }

    fn into_outcome(self) -> Option<Outcome> {
        let row = row_id(&self.kind, self.row)?;
        let mut all = Done::ALL.into_iter();
        let findings = self.findings.into_iter().map(|said| {
            let mut effects = Effect::ALL.into_iter();
            Some(Finding {
                row: row.clone(),
                name: said.name,
                effect: effects.find(|effect| effect.as_str() == said.effect)?,
                reason: said.reason,
            })
        });
        Some(Outcome {
            findings: findings.collect::<Option<_>>()?,
            done: all.find(|done| done.as_str() == self.done)?,
            row: row.clone(),
        })
    }
}
