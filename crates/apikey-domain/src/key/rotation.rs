//! How the secrets of a key take each other's place: a state machine.
//!
//! Specified under "Rotating" in `docs/api.md`. At each time one credential is active, at
//! most one is pending, and at most one is retiring.

use crate::{
    key::{
        api_key::ApiKey,
        change_refused::ChangeRefused,
        credential::{Activation, Credential, CredentialNumber, CredentialState, NewCredential},
    },
    timestamp::Timestamp,
};

/// How many retired credentials of a key are kept. Those before them are forgotten: what
/// they were is unknown then, and refused as well.
pub const KEPT_RETIRED: usize = 10;

/// A step of the rotation of a key.
///
/// # Example
///
/// ```
/// use apikey_domain::key::{changes::ApiKeyChanges, rotation::Step};
/// use apikey_domain::testing::fixture;
///
/// let key = fixture::api_key(7, "ci");
/// let rotated = ApiKeyChanges {
///     step: Some(Step::Rotate(fixture::new_credential("fedcba9876543210"))),
///     ..Default::default()
/// };
/// let reach = fixture::reach(None, None);
/// let after = reach.changed(&key, &rotated, fixture::instant()).unwrap().unwrap();
/// assert_eq!(after.access_key.as_str(), "fedcba9876543210");
/// assert_eq!(after.credentials().len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A new credential comes.
    Rotate(NewCredential),
    /// A pending credential was used for the first time.
    Activate(CredentialNumber),
    /// Somebody ends a credential that is not the active one.
    End(CredentialNumber),
}

impl Step {
    /// Takes the step with a key at `now`.
    ///
    /// # Errors
    ///
    /// [`ChangeRefused::ActiveCredential`] for the end of the active credential, and
    /// [`ChangeRefused::NoSuchCredential`] for a number that no credential has.
    pub(crate) fn taken_by(&self, key: &mut ApiKey, now: Timestamp) -> Result<(), ChangeRefused> {
        let mut credentials = key.credentials();
        match self {
            Self::Rotate(new) => rotate(&mut credentials, new, now),
            Self::Activate(number) => activate(&mut credentials, *number, now)?,
            Self::End(number) => end(&mut credentials, *number, now)?,
        }
        forget(&mut credentials);
        if credentials != key.credentials() {
            key.set_credentials(credentials);
        }
        Ok(())
    }
}

fn rotate(credentials: &mut Vec<Credential>, new: &NewCredential, now: Timestamp) {
    for credential in credentials.iter_mut() {
        credential.state = match (credential.state, new.activation) {
            (CredentialState::Active, Activation::FirstUse) => CredentialState::Active,
            (CredentialState::Active, Activation::Now) => new.grace.from(now),
            (state, _) => retired(state, now),
        };
    }
    let last = credentials.iter().map(|credential| credential.number).max();
    credentials.push(Credential {
        number: last.map_or(CredentialNumber::FIRST, CredentialNumber::next),
        access_key: new.access_key.clone(),
        origin: new.origin,
        hint: new.hint.clone(),
        state: match new.activation {
            Activation::Now => CredentialState::Active,
            Activation::FirstUse => CredentialState::Pending { grace: new.grace },
        },
        created_at: now,
        last_used_at: None,
    });
}

fn activate(
    credentials: &mut [Credential],
    number: CredentialNumber,
    now: Timestamp,
) -> Result<(), ChangeRefused> {
    let used = find(credentials, number)?;
    let CredentialState::Pending { grace } = used.state else {
        return Ok(());
    };
    used.state = CredentialState::Active;
    for other in credentials
        .iter_mut()
        .filter(|other| other.number != number)
    {
        other.state = match other.state {
            CredentialState::Active => grace.from(now),
            state => retired(state, now),
        };
    }
    Ok(())
}

fn end(
    credentials: &mut [Credential],
    number: CredentialNumber,
    now: Timestamp,
) -> Result<(), ChangeRefused> {
    let credential = find(credentials, number)?;
    if credential.state == CredentialState::Active {
        return Err(ChangeRefused::ActiveCredential);
    }
    credential.state = retired(credential.state, now);
    Ok(())
}

/// Returns the state of a credential that ends now, if it has not ended yet. One whose grace
/// period is over has ended then, for every clock.
fn retired(state: CredentialState, now: Timestamp) -> CredentialState {
    match state {
        CredentialState::Retiring { until } if until <= now => {
            CredentialState::Retired { at: until }
        }
        CredentialState::Retired { .. } => state,
        _ => CredentialState::Retired { at: now },
    }
}

/// Forgets the first of too many retired credentials.
fn forget(credentials: &mut Vec<Credential>) {
    let is_retired = |state| matches!(state, CredentialState::Retired { .. });
    let ended = credentials.iter().filter(|one| is_retired(one.state));
    let mut too_many = ended.count().saturating_sub(KEPT_RETIRED);
    credentials.retain(|one| {
        let is_forgotten = too_many > 0 && is_retired(one.state);
        too_many -= usize::from(is_forgotten);
        !is_forgotten
    });
}

fn find(
    credentials: &mut [Credential],
    number: CredentialNumber,
) -> Result<&mut Credential, ChangeRefused> {
    let mut all = credentials.iter_mut();
    let found = all.find(|credential| credential.number == number);
    found.ok_or(ChangeRefused::NoSuchCredential)
}
