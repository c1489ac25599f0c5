//! Outcomes as JSON.

use super::batch::row_id;
use apikey_domain::{
    error::PortError,
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
    AnotherSource {
        kind: String,
        row: String,
    },
    /// A row cannot be stored for what it holds.
    Corrupt(String),
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
/// The error of the store, if it is temporary; and if it cannot be written.
pub fn write_brought(brought: Result<Brought, PortError>) -> Result<String, PortError> {
    let answer = match brought {
        Ok(Brought::Done(outcomes)) => Answer::Done(outcomes.iter().map(One::of).collect()),
        Ok(Brought::AnotherSource(RowId { kind, text })) => Answer::AnotherSource {
            kind: kind.as_str().to_owned(),
            row: text,
        },
        Err(PortError::Corrupt(cause)) => Answer::Corrupt(cause),
        Err(error) => return Err(error),
    };
    let json = serde_json::to_string(&answer);
    json.map_err(|error| PortError::Unavailable(Box::new(error)))
}

/// Reads what became of a batch. Returns `None` if the text is none.
pub fn read_brought(json: &str) -> Option<Result<Brought, PortError>> {
    Some(Ok(match serde_json::from_str(json).ok()? {
        Answer::Corrupt(cause) => return Some(Err(PortError::Corrupt(cause))),
        Answer::Done(outcomes) => {
            let outcomes = outcomes.into_iter().map(One::into_outcome);
            Brought::Done(outcomes.collect::<Option<_>>()?)
        }
        Answer::AnotherSource { kind, row } => Brought::AnotherSource(row_id(&kind, row)?),
    }))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{read_batch, write_batch};
    use apikey_domain::{
        identity::password::PasswordHash,
        import::{
            finding::Findings,
            source::{
                LeftOut, Listed, Reference, RowKind, SourceDigest, SourceKey, SourceMembership,
                SourceName, SourceOrganization, SourceRow, SourceUser,
            },
        },
        port::import_store::ImportBatch,
    };

    #[test]
    fn a_batch_is_read_as_it_was_written() {
        let rows = vec![
            SourceRow::User(SourceUser {
                id: 4,
                username: Some("two\nlines".to_owned()),
                full_name: None,
                password: Some(PasswordHash::new("$x")),
                require_password_change: true,
                is_admin: false,
                is_active: true,
                known_by: Some("OIDC".to_owned()),
                created_at: Some(i64::MIN),
                updated_at: None,
            }),
            SourceRow::Organization(SourceOrganization {
                id: 9,
                slug: None,
                name: Some("Acme".to_owned()),
                description: Some(String::new()),
                has_admin: true,
                created_at: None,
                updated_at: Some(7),
            }),
            SourceRow::Membership(SourceMembership {
                organization: 9,
                user: 4,
                is_admin: true,
                through: Some(2),
                created_at: None,
            }),
            SourceRow::Key(SourceKey {
                row: "70".to_owned(),
                id: Some(70),
                name: None,
                description: None,
                access_key: "a".to_owned(),
                digest: SourceDigest("sha256$x".to_owned()),
                user: Reference::Row(4),
                owner: Some(Reference::Name("acme".to_owned())),
                scope: Listed::Texts(vec!["*".to_owned()]),
                models: Listed::Malformed,
                is_custom: true,
                expires_at: Some(i64::MAX),
                created_at: None,
                updated_at: None,
            }),
            SourceRow::Gone(RowId::membership(9, 4)),
            SourceRow::LeftOut(
                RowId::numbered(RowKind::User, 2),
                "group".to_owned(),
                LeftOut::Group,
            ),
        ];
        let batch = ImportBatch {
            source: SourceName::parse("gpustack").unwrap(),
            options: Default::default(),
            rows,
        };
        let json = write_batch(batch.clone()).unwrap();
        assert!(!json.contains('\n'));
        let read = read_batch(&json).unwrap();
        assert_eq!(format!("{:?}", read.rows), format!("{:?}", batch.rows));
        assert_eq!(write_batch(read).unwrap(), json);
        assert!(read_batch("{}").is_none());
    }

    #[test]
    fn what_became_of_a_batch_is_read_as_it_was_written() {
        let row = RowId::numbered(RowKind::Key, 70);
        let outcome = Findings::of(row.clone(), "ci").skipped("no \"access\" key");
        for brought in [Brought::Done(vec![outcome]), Brought::AnotherSource(row)] {
            let json = write_brought(Ok(brought.clone())).unwrap();
            assert_eq!(read_brought(&json).unwrap().unwrap(), brought);
        }
        let json = write_brought(Err(PortError::Corrupt("too long".to_owned()))).unwrap();
        let read = read_brought(&json).unwrap();
        assert!(matches!(read, Err(PortError::Corrupt(cause)) if cause == "too long"));
        assert!(read_brought("done").is_none());
    }
}
