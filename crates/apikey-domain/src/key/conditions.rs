//! What keys of a list are like, beside whose they are and what they are called.

use crate::{
    invalid::Invalid,
    key::{api_key::ApiKey, metadata::Metadata, status::Status},
    timestamp::Timestamp,
};

/// What the keys of a list are like. All of it holds for each of them.
///
/// The status of a key depends on the time. It is asked for at one instant, so a list that
/// is read in several pieces is of one moment in this respect.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::{conditions::KeyConditions, status::Status},
///     testing::fixture,
/// };
///
/// let now = fixture::instant();
/// let active = KeyConditions { status: Some((Status::Active, now)), ..KeyConditions::NONE };
/// assert!(active.matches(&fixture::api_key(7, "ci")));
/// let expiring = KeyConditions { expires_before: Some(now), ..KeyConditions::NONE };
/// assert!(!expiring.matches(&fixture::api_key(7, "ci")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyConditions {
    /// They have this status at this instant.
    pub status: Option<(Status, Timestamp)>,
    /// They expire before this instant, or would if they were neither disabled nor revoked.
    pub expires_before: Option<Timestamp>,
    /// They were made before this instant, and were not used at it or later.
    pub unused_since: Option<Timestamp>,
    /// They have metadata with these names and texts, and perhaps more.
    pub noted: Option<Noted>,
}

/// Names and texts that the metadata of a key has, byte for byte: at most eight.
///
/// # Example
///
/// ```
/// use apikey_domain::key::conditions::Noted;
///
/// let noted = Noted::parse([("team".to_owned(), "search".to_owned())]).unwrap();
/// assert_eq!(noted.iter().next(), Some(("team", "search")));
/// assert!(Noted::parse([(String::new(), String::new())]).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted(Metadata);

// === impl KeyConditions ===

impl KeyConditions {
    /// No conditions: any key.
    pub const NONE: Self = Self {
        status: None,
        expires_before: None,
        unused_since: None,
        noted: None,
    };

    /// Returns the names and texts that the metadata has.
    pub fn noted(&self) -> impl Iterator<Item = (&str, &str)> {
        self.noted.iter().flat_map(Noted::iter)
    }

    /// Returns whether there are any.
    pub fn are_any(&self) -> bool {
        *self != Self::NONE
    }

    /// Returns whether `key` is like this.
    pub fn matches(&self, key: &ApiKey) -> bool {
        let has_status = |(status, at): (Status, Timestamp)| key.status(at) == status;
        let expires_before = |end| key.expires_at.instant().is_some_and(|at| at < end);
        let is_unused_since = |since| {
            key.created_at < since && key.last_used_at.is_none_or(|last_use| last_use < since)
        };
        self.status.is_none_or(has_status)
            && self.expires_before.is_none_or(expires_before)
            && self.unused_since.is_none_or(is_unused_since)
            && self
                .noted()
                .all(|(name, text)| key.metadata.get(name) == Some(text))
    }

    /// Returns the conditions as bytes, which differ if the conditions do. At which instant
    /// the status is asked for is left out: a walk takes longer than an instant.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let status = self.status.map(|(status, _)| status.as_str());
        write_text(&mut bytes, status.unwrap_or_default());
        for instant in [self.expires_before, self.unused_since] {
            bytes.push(u8::from(instant.is_some()));
            let number = instant.map_or(0, Timestamp::microseconds);
            bytes.extend(number.to_be_bytes());
        }
        for (name, text) in self.noted() {
            write_text(&mut bytes, name);
            write_text(&mut bytes, text);
        }
        bytes
    }
}

fn write_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_be_bytes());
    bytes.extend(text.as_bytes());
}

// === impl Noted ===

impl Noted {
    /// How many names there may be.
    pub const MOST: usize = 8;

    /// Parses names and texts, as those of [`Metadata::parse`]. Of several texts with one
    /// name the last one holds.
    ///
    /// # Errors
    ///
    /// Those of [`Metadata::parse`], and [`Invalid`] for `metadata` if there are more than
    /// eight names.
    pub fn parse(entries: impl IntoIterator<Item = (String, String)>) -> Result<Self, Invalid> {
        let metadata = Metadata::parse(entries)?;
        if metadata.iter().count() > Self::MOST {
            let rule = "must be asked for by at most 8 names";
            return Err(Invalid::new("metadata", rule));
        }
        Ok(Self(metadata))
    }

    /// Returns the names and texts, sorted by name bytewise.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests;
