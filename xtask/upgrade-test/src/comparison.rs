//! Whether two releases answer the same: in everything that the older one shows.

use crate::question::{Answer, Question, Shows};
use serde_json::{Value, json};

/// What is of the moment.
const OF_THE_MOMENT: [&str; 1] = ["as_of"];

/// Instants that only become later.
const LATER: [&str; 1] = ["last_used_at"];

/// Which of two answers was given first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    /// That of the older release.
    Older,
    /// That of the newer one.
    Newer,
}

/// Returns in what the answers of two releases differ. What only the newer one shows is no
/// difference.
pub(crate) fn differences(
    question: &Question,
    older: &Answer,
    newer: &Answer,
    first: First,
) -> Vec<String> {
    let mut found = Vec::new();
    if (older.status, &older.headers) != (newer.status, &newer.headers) {
        let was = (older.status, &older.headers);
        let is = (newer.status, &newer.headers);
        found.push(format!("status and headers: {was:?} and {is:?}"));
    }
    let of = |answer: &Answer| part(question.shows, &answer.body);
    let (older, newer) = (of(older), of(newer));
    match (question.shows, &older, &newer) {
        (Shows::Record, Value::Array(older), Value::Array(newer)) => {
            let lengths = (older.len(), newer.len());
            let (before, after) = match first {
                First::Older => lengths,
                First::Newer => (lengths.1, lengths.0),
            };
            if after < before {
                found.push(format!("{before} items became {after}"));
            }
            for (index, (older, newer)) in older.iter().zip(newer).enumerate() {
                compare(&format!("[{index}]"), older, newer, first, &mut found);
            }
        }
        _ => compare("", &older, &newer, first, &mut found),
    }
    found
}

/// Returns the part of an answer that is compared.
pub(crate) fn part(shows: Shows, body: &Value) -> Value {
    let Value::Array(items) = &body["items"] else {
        return match (shows, &body["id"]) {
            (Shows::Everything | Shows::Record, _) | (_, Value::Null) => body.clone(),
            (Shows::Ids, id) => id.clone(),
        };
    };
    match shows {
        Shows::Everything => body.clone(),
        Shows::Record => body["items"].clone(),
        Shows::Ids => items.iter().map(|item| item["id"].clone()).collect(),
    }
}

/// Returns a body of which the same part is compared, and nothing else is in it.
pub(crate) fn kept(shows: Shows, body: Value) -> Value {
    match (shows, &body["items"]) {
        (Shows::Everything, _) => body,
        (Shows::Record, items) => json!({"items": items}),
        (Shows::Ids, Value::Array(items)) => {
            let ids = items.iter().map(|item| json!({"id": item["id"]}));
            json!({"items": ids.collect::<Value>()})
        }
        (Shows::Ids, _) => body,
    }
}

fn compare(path: &str, older: &Value, newer: &Value, first: First, found: &mut Vec<String>) {
    match (older, newer) {
        (Value::Object(older), Value::Object(newer)) => {
            for (name, older) in older {
                let path = format!("{path}.{name}");
                if OF_THE_MOMENT.contains(&name.as_str()) {
                    continue;
                }
                let Some(newer) = newer.get(name) else {
                    found.push(format!("{path} is missing"));
                    continue;
                };
                if LATER.contains(&name.as_str()) {
                    let (before, after) = match first {
                        First::Older => (older, newer),
                        First::Newer => (newer, older),
                    };
                    if before.as_str() > after.as_str() {
                        found.push(format!("{path}: {before} became {after}"));
                    }
                    continue;
                }
                compare(&path, older, newer, first, found);
            }
        }
        (Value::Array(older), Value::Array(newer)) if older.len() == newer.len() => {
            for (index, (older, newer)) in older.iter().zip(newer).enumerate() {
                compare(&format!("{path}[{index}]"), older, newer, first, found);
            }
        }
        _ if older == newer => {}
        _ => found.push(format!("{path}: {older} and {newer}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::By;

    fn compared(shows: Shows, older: Value, newer: Value, first: First) -> Vec<String> {
        let answer = |body| Answer {
            status: 200,
            headers: Default::default(),
            body,
        };
        let question = Question::get("/", By::Nobody).showing(shows);
        differences(&question, &answer(older), &answer(newer), first)
    }

    #[test]
    fn what_only_the_newer_one_shows_is_no_difference_and_all_else_is() {
        let everything = |older, newer| compared(Shows::Everything, older, newer, First::Older);
        let key = json!({"id": 1, "scope": ["*"], "as_of": "2026"});
        let more = json!({"id": 1, "scope": ["*"], "as_of": "2027", "labels": {}});
        assert!(everything(key.clone(), more.clone()).is_empty());
        assert_eq!(everything(more, key.clone()), [".labels is missing"]);
        let wider = json!({"id": 1, "scope": ["*", "inference"], "as_of": "2026"});
        assert_eq!(everything(key, wider).len(), 1);
    }

    #[test]
    fn a_use_may_only_become_later() {
        let used = |at: Value| json!({"last_used_at": at});
        let (never, early, late) = (used(Value::Null), used("2026".into()), used("2027".into()));
        let older_first = |older: &Value, newer: &Value| {
            compared(
                Shows::Everything,
                older.clone(),
                newer.clone(),
                First::Older,
            )
        };
        assert!(older_first(&never, &early).is_empty());
        assert!(older_first(&early, &late).is_empty());
        assert_eq!(older_first(&late, &early).len(), 1);
        assert_eq!(older_first(&early, &never).len(), 1);
        assert!(compared(Shows::Everything, late, early, First::Newer).is_empty());
    }

    #[test]
    fn a_record_only_grows() {
        let items = |ids: &[i32]| {
            let items: Vec<_> = ids.iter().map(|id| json!({"id": id})).collect();
            json!({"items": items, "next": ids.len()})
        };
        let record = |older, newer, first| compared(Shows::Record, older, newer, first);
        assert!(record(items(&[1, 2]), items(&[1, 2, 3]), First::Older).is_empty());
        assert_eq!(
            record(items(&[1, 2, 3]), items(&[1, 2]), First::Older).len(),
            1
        );
        assert!(record(items(&[1, 2, 3]), items(&[1, 2]), First::Newer).is_empty());
        assert_eq!(
            record(items(&[1, 2]), items(&[1, 4, 3]), First::Older).len(),
            1
        );
    }
}
