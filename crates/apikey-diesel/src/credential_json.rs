//! The credentials of a key as JSON, in its row and in events. Events outlive releases, so
//! fields are only ever added, each with a default.

use crate::rows::RowContext;
use apikey_domain::{
    error::PortError,
    key::{
        credential::{Credential, CredentialNumber, CredentialState, GracePeriod},
        hint::Hint,
        mask::Origin,
        token::AccessKey,
    },
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A credential without its digest, and without its last use, which is no change.
#[derive(Serialize, Deserialize)]
pub(crate) struct CredentialJson {
    number: i64,
    access_key: String,
    #[serde(default)]
    is_custom: bool,
    #[serde(default)]
    hint: Option<String>,
    created_at: i64,
    state: State,
    /// When it ends or ended.
    #[serde(default)]
    ends_at: Option<i64>,
    #[serde(default)]
    grace_seconds: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Active,
    Pending,
    Retiring,
    Retired,
}

// === impl CredentialJson ===

impl From<&Credential> for CredentialJson {
    fn from(credential: &Credential) -> Self {
        let (state, grace_seconds) = match credential.state {
            CredentialState::Active => (State::Active, 0),
            CredentialState::Pending { grace } => (State::Pending, grace.seconds()),
            CredentialState::Retiring { .. } => (State::Retiring, 0),
            CredentialState::Retired { .. } => (State::Retired, 0),
        };
        Self {
            number: credential.number.0,
            access_key: credential.access_key.as_str().to_owned(),
            is_custom: credential.origin.is_custom(),
            hint: credential
                .hint
                .as_ref()
                .map(|hint| hint.as_str().to_owned()),
            created_at: credential.created_at.microseconds(),
            state,
            ends_at: credential.state.ends_at().map(Timestamp::microseconds),
            grace_seconds,
        }
    }
}

impl CredentialJson {
    fn credential(self, row: &RowContext) -> Result<Credential, PortError> {
        let ends_at = self.ends_at.map(|at| row.instant(at)).transpose()?;
        let state = match (self.state, ends_at) {
            (State::Active, _) => CredentialState::Active,
            (State::Pending, _) => CredentialState::Pending {
                grace: row.valid(GracePeriod::parse(self.grace_seconds))?,
            },
            (State::Retiring, Some(until)) => CredentialState::Retiring { until },
            (State::Retired, Some(at)) => CredentialState::Retired { at },
            (State::Retiring | State::Retired, None) => {
                return Err(row.corrupt(&"a credential that ends and does not say when"));
            }
        };
        Ok(Credential {
            number: CredentialNumber(self.number),
            access_key: AccessKey::new(self.access_key),
            origin: if self.is_custom {
                Origin::Custom
            } else {
                Origin::Generated
            },
            hint: row.valid(self.hint.map(Hint::stored).transpose())?,
            state,
            created_at: row.instant(self.created_at)?,
            last_used_at: None,
        })
    }
}

/// Returns the credentials of a key that has had several.
pub(crate) fn all(credentials: &[Credential]) -> Vec<CredentialJson> {
    credentials.iter().map(CredentialJson::from).collect()
}

/// Returns them as text; nothing for a key that has had one.
pub(crate) fn text(credentials: &[Credential]) -> Result<Option<String>, PortError> {
    if credentials.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_string(&all(credentials));
    text.map(Some)
        .map_err(|error| PortError::Corrupt(error.to_string()))
}

/// Converts them back.
pub(crate) fn credentials(
    row: &RowContext,
    all: Vec<CredentialJson>,
) -> Result<Vec<Credential>, PortError> {
    all.into_iter().map(|one| one.credential(row)).collect()
}

/// Parses them.
pub(crate) fn parse(row: &RowContext, text: Option<&str>) -> Result<Vec<Credential>, PortError> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    let all = serde_json::from_str(text).map_err(|error| row.corrupt(&error))?;
    credentials(row, all)
}
