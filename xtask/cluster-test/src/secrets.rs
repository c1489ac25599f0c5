//! Which secrets a key has, as a part of the value of its fact.

use anyhow::{Context, Result};
use serde_json::Value;
use xtask_harness::close_expiry::microseconds;

/// The least grace period that shows in the value, in microseconds: whether a shorter one
/// is over depends on the time.
const LONG: i64 = 60_000_000;

/// Which credentials of a key are accepted, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Secrets {
    pub(crate) active: i64,
    pub(crate) pending: Option<i64>,
    pub(crate) retiring: Option<i64>,
    /// The highest number that there is.
    last: i64,
}

/// A credential as the API or the database has it.
struct Credential<'a> {
    number: i64,
    state: &'a str,
    created_at: i64,
    ends_at: Option<i64>,
}

// === impl Secrets ===

impl Default for Secrets {
    fn default() -> Self {
        Self::FIRST
    }
}

impl Secrets {
    /// Those of a key that has had only one.
    pub(crate) const FIRST: Self = Self {
        active: 1,
        pending: None,
        retiring: None,
        last: 1,
    };

    /// Reads those of a key that the API shows. An earlier release shows none.
    pub(crate) fn of_api(key: &Value) -> Result<Self> {
        Self::of_all(&key["credentials"])
    }

    fn of_all(credentials: &Value) -> Result<Self> {
        let Some(all) = credentials.as_array() else {
            return Ok(Self::FIRST);
        };
        let instant = |one: &Value| one.as_str().map(microseconds).transpose();
        let all = all.iter().map(|one| {
            anyhow::Ok(Credential {
                number: one["id"].as_i64().context("a credential without id")?,
                state: one["state"].as_str().context("one without state")?,
                created_at: instant(&one["created_at"])?.context("one that was never made")?,
                ends_at: instant(&one["expires_at"])?,
            })
        });
        Self::of(&all.collect::<Result<Vec<_>>>()?)
    }

    /// Reads those of a row of the database.
    pub(crate) fn of_database(json: Option<&str>) -> Result<Self> {
        let Some(json) = json else {
            return Ok(Self::FIRST);
        };
        let all: Vec<Value> = serde_json::from_str(json)?;
        let all = all.iter().map(|one| {
            anyhow::Ok(Credential {
                number: one["number"].as_i64().context("one without number")?,
                state: one["state"].as_str().context("one without state")?,
                created_at: one["created_at"].as_i64().context("one never made")?,
                ends_at: one["ends_at"].as_i64(),
            })
        });
        Self::of(&all.collect::<Result<Vec<_>>>()?)
    }

    /// Returns them after the active one was replaced at once, or for a long time goes on.
    pub(crate) fn rotated(self, is_grace_long: bool) -> Self {
        let number = self.last + 1;
        Self {
            active: number,
            pending: None,
            retiring: is_grace_long.then_some(self.active),
            last: number,
        }
    }

    /// Returns them after another one was made that waits for its first use.
    pub(crate) fn awaiting(self) -> Self {
        let number = self.last + 1;
        Self {
            pending: Some(number),
            retiring: None,
            last: number,
            ..self
        }
    }

    /// Returns them after the one that waits was used.
    pub(crate) fn used_first(self) -> Self {
        let active = self.pending.unwrap_or(self.active);
        Self {
            active,
            pending: None,
            retiring: None,
            ..self
        }
    }

    /// Returns them after all but the active one were ended.
    pub(crate) fn ended(self) -> Self {
        Self {
            pending: None,
            retiring: None,
            ..self
        }
    }

    /// Returns what the value of the key's fact has of them.
    pub(crate) fn suffix(self) -> String {
        let part = |state, number: Option<i64>| {
            number.map_or_else(String::new, |number| format!(" {state} {number}"))
        };
        let active = Some(self.active).filter(|number| *number > 1);
        part("active", active) + &part("pending", self.pending) + &part("retiring", self.retiring)
    }

    fn of(all: &[Credential<'_>]) -> Result<Self> {
        let active = all.iter().find(|one| one.state == "active");
        let active = active.context("a key without an active credential")?;
        let number = |state| {
            let found = all.iter().find(|one| {
                let period = one.ends_at.map_or(i64::MAX, |at| at - active.created_at);
                one.state == state && period > LONG
            });
            found.map(|one| one.number)
        };
        let last = all.iter().map(|one| one.number).max();
        Ok(Self {
            active: active.number,
            pending: number("pending"),
            retiring: number("retiring"),
            last: last.unwrap_or(active.number),
        })
    }
}

/// Takes out of the credentials of a key what changes without an event: uses, and whether
/// a short grace period is over.
pub(crate) fn without_time(credentials: &mut Value) {
    let secrets = Secrets::of_all(credentials).ok();
    for credential in credentials.as_array_mut().into_iter().flatten() {
        credential["last_used_at"].take();
        let is_long = secrets.is_some_and(|secrets| secrets.retiring == credential["id"].as_i64());
        if credential["state"] == "retiring" && !is_long {
            credential["state"] = "retired".into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_api_and_the_database_show_the_same() {
        let api = |retiring, ends_at: &str| {
            json!({"credentials": [
                {"id": 1, "state": retiring, "created_at": "1970-01-01T00:00:00Z",
                 "expires_at": ends_at},
                {"id": 2, "state": "active", "created_at": "1970-01-01T00:00:01Z",
                 "expires_at": null},
            ]})
        };
        let database = |ends_at: i64| {
            let all = json!([
                {"number": 1, "state": "retiring", "created_at": 0, "ends_at": ends_at},
                {"number": 2, "state": "active", "created_at": 1_000_000, "ends_at": null},
            ]);
            Secrets::of_database(Some(&all.to_string())).unwrap()
        };
        let long = Secrets::FIRST.rotated(true);
        assert_eq!(long.suffix(), " active 2 retiring 1");
        let shown = api("retiring", "1970-01-01T01:00:00Z");
        assert_eq!(Secrets::of_api(&shown).unwrap(), long);
        assert_eq!(database(3_600_000_000), long);
        // Whether it is over depends on the time, and shows only in the API.
        let short = Secrets::FIRST.rotated(false);
        assert_eq!(database(3_000_000), short);
        for state in ["retiring", "retired"] {
            let mut shown = api(state, "1970-01-01T00:00:03Z");
            assert_eq!(Secrets::of_api(&shown).unwrap(), short);
            without_time(&mut shown["credentials"]);
            assert_eq!(shown["credentials"][0]["state"], "retired");
        }
    }

    #[test]
    fn each_step_has_a_value_of_its_own() {
        let first = Secrets::FIRST;
        let waiting = first.awaiting();
        let steps = [
            (first, ""),
            (first.rotated(false), " active 2"),
            (first.rotated(true).ended(), " active 2"),
            (waiting, " pending 2"),
            (waiting.ended(), ""),
            (waiting.used_first(), " active 2"),
            (waiting.ended().rotated(false), " active 3"),
        ];
        for (secrets, suffix) in steps {
            assert_eq!(secrets.suffix(), suffix);
        }
        assert_eq!(Secrets::of_api(&json!({})).unwrap(), first);
        assert_eq!(Secrets::of_database(None).unwrap(), first);
    }
}
