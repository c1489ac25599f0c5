//! What a backend sends to have keys verified.

use crate::error::HttpError;
use serde::Deserialize;
use zeroize::Zeroizing;

/// One question, or several.
#[derive(Deserialize)]
pub(super) struct VerifyBody {
    #[serde(default)]
    key: Option<Zeroizing<String>>,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    items: Option<Vec<Question>>,
}

/// One question.
#[derive(Deserialize)]
pub(super) struct Question {
    pub(super) key: Zeroizing<String>,
    #[serde(default)]
    pub(super) scope: Option<String>,
    #[serde(default)]
    pub(super) model: Option<String>,
}

/// What was asked.
pub(super) enum Questions {
    One(Question),
    Several(Vec<Question>),
}

/// The most questions at once.
const MOST: usize = 100;

impl TryFrom<VerifyBody> for Questions {
    type Error = HttpError;

    fn try_from(body: VerifyBody) -> Result<Self, HttpError> {
        match (body.key, body.items) {
            (Some(key), None) => Ok(Self::One(Question {
                key,
                scope: body.scope,
                model: body.model,
            })),
            (None, Some(items)) if (1..=MOST).contains(&items.len()) => Ok(Self::Several(items)),
            (None, Some(_)) => Err(HttpError::invalid("body.items: must have 1 to 100 entries")),
            (Some(_), Some(_)) => Err(HttpError::invalid(
                "body: must have 'key' or 'items', not both",
            )),
            (None, None) => Err(HttpError::invalid("body: must have 'key' or 'items'")),
        }
    }
}
