//! What a backend sends to have keys verified.

use super::SCOPE_RULE;
use crate::error::HttpError;
use apikey_domain::key::scope::Scope;
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
    items: Option<Vec<ItemBody>>,
}

/// One of several questions.
#[derive(Deserialize)]
struct ItemBody {
    key: Zeroizing<String>,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    model: Option<String>,
}

/// A question.
pub(super) struct Question {
    pub(super) key: Zeroizing<String>,
    pub(super) scope: Option<Scope>,
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
                scope: scope(body.scope, || "body.scope".to_owned())?,
                model: body.model,
            })),
            (None, Some(items)) if (1..=MOST).contains(&items.len()) => several(items),
            (None, Some(_)) => Err(HttpError::invalid("body.items: must have 1 to 100 entries")),
            (Some(_), Some(_)) => Err(HttpError::invalid(
                "body: must have 'key' or 'items', not both",
            )),
            (None, None) => Err(HttpError::invalid("body: must have 'key' or 'items'")),
        }
    }
}

fn several(items: Vec<ItemBody>) -> Result<Questions, HttpError> {
    let question = |(index, item): (usize, ItemBody)| {
        Ok(Question {
            key: item.key,
            scope: scope(item.scope, || format!("body.items[{index}].scope"))?,
            model: item.model,
        })
    };
    let questions: Result<_, HttpError> = items.into_iter().enumerate().map(question).collect();
    questions.map(Questions::Several)
}

fn scope(name: Option<String>, place: impl Fn() -> String) -> Result<Option<Scope>, HttpError> {
    let scope = name.as_deref().map(Scope::parse).transpose();
    scope.map_err(|_| HttpError::invalid(format!("{}: {SCOPE_RULE}", place())))
}
