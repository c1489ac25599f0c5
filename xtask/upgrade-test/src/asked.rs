//! What both releases are asked about a world, and what they answer.

use crate::{
    comparison::{self, First},
    maker::{admin, by},
    question::{Answer, By, Expected, Question, Shows},
    world::{Key, World},
};
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeSet, net::SocketAddr, time::Duration};
use tokio::time::sleep;
use xtask_harness::client::Client;

/// How many keys are verified at once.
const AT_ONCE: usize = 100;

/// How long an event may take to be in the record, and a use to be stored.
const SETTLED: Duration = Duration::from_secs(1);

/// For when keys are explained.
const INSTANT: &str = "2027-06-01T00:00:00Z";

/// How many findings are shown.
const SHOWN: usize = 20;

/// What a server was asked, and answered.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Record(pub(crate) Vec<(Question, Answer)>);

/// How much was compared.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Compared {
    pub(crate) answers: usize,
    pub(crate) verifications: usize,
}

// === impl Record ===

impl Record {
    /// Asks a server everything about a world, and sees that each answer is the right one.
    pub(crate) async fn of(world: &World, address: SocketAddr) -> Result<Self> {
        sleep(SETTLED).await;
        let questions = questions(world);
        Self::ask(&questions, address).await
    }

    /// Asks another server the same.
    pub(crate) async fn again(&self, address: SocketAddr) -> Result<Self> {
        let questions = self.0.iter().map(|(question, _)| question.clone());
        Self::ask(&questions.collect::<Vec<_>>(), address).await
    }

    async fn ask(questions: &[Question], address: SocketAddr) -> Result<Self> {
        let client = Client::new(address)?;
        let mut asked = Vec::with_capacity(questions.len());
        let mut wrong = Vec::new();
        for question in questions {
            let answer = question.ask(&client).await?;
            if let Some(why) = question.expected.contradiction(&answer) {
                wrong.push(format!("{question} was answered {why}"));
            }
            if question.shows == Shows::Record && answer.body["has_more"] == true {
                wrong.push(format!("{question} does not show all there is"));
            }
            asked.push((question.clone(), answer));
        }
        none(wrong)?;
        Ok(Self(asked))
    }

    /// Returns it without what was asked with sessions.
    pub(crate) fn without_sessions(&self) -> Self {
        let others = self
            .0
            .iter()
            .filter(|(question, _)| !matches!(question.by, By::Cookie(_)));
        Self(others.cloned().collect())
    }

    /// Compares this record with that of a newer release about the same.
    pub(crate) fn compare(&self, newer: &Self, first: First) -> Result<Compared> {
        let mut wrong = Vec::new();
        let mut compared = Compared::default();
        if self.0.len() != newer.0.len() {
            bail!("{} questions and {}", self.0.len(), newer.0.len());
        }
        for ((question, older), (_, newer)) in self.0.iter().zip(&newer.0) {
            let found = comparison::differences(question, older, newer, first);
            wrong.extend(found.iter().map(|one| format!("{question}: {one}")));
            compared.answers += 1;
            compared.verifications += verifications(question);
        }
        none(wrong)?;
        Ok(compared)
    }
}

// === impl Compared ===

impl Compared {
    /// Adds what was compared elsewhere.
    pub(crate) fn add(&mut self, other: Self) {
        self.answers += other.answers;
        self.verifications += other.verifications;
    }
}

fn none(wrong: Vec<String>) -> Result<()> {
    match wrong.len() {
        0 => Ok(()),
        count => bail!(
            "{count} wrong answers:\n{}",
            wrong.into_iter().take(SHOWN).collect::<Vec<_>>().join("\n")
        ),
    }
}

/// Returns how many verifications a question is.
fn verifications(question: &Question) -> usize {
    let is_gateway = question.path.starts_with("/auth/verify") || question.path == "/token-auth";
    let items = question
        .body
        .as_ref()
        .and_then(|body| body["items"].as_array());
    match items {
        Some(items) => items.len(),
        None => usize::from(is_gateway || question.path == "/v2/api-keys/verify"),
    }
}

/// Returns everything that is asked about a world.
fn questions(world: &World) -> Vec<Question> {
    let mut questions = lists(world);
    for person in &world.people {
        let own = || by(&person.name, &person.password);
        let status = if person.signs_in { 200 } else { 401 };
        let me = Question::get("/v2/users/me", own());
        questions.push(me.expecting(Expected::Status(status)));
        if person.signs_in {
            questions.push(Question::get("/v2/users/me/organizations", own()));
            let keys = Question::get("/v2/api-keys?page=-1", own());
            questions.push(keys.showing(Shows::Ids));
        }
        questions.push(Question::get(format!("/v2/users/{}", person.id), admin()));
    }
    for id in &world.organizations {
        questions.push(Question::get(format!("/v2/organizations/{id}"), admin()));
        let members = format!("/v2/organizations/{id}/members?page=-1");
        questions.push(Question::get(members, admin()));
        let keys = Question::get("/v2/api-keys?user_id=*&page=-1", admin());
        let keys = keys.header("X-Organization-Id", id.to_string());
        questions.push(keys.showing(Shows::Ids));
    }
    questions.extend(world.keys.iter().flat_map(of_key));
    let ids: BTreeSet<i64> = world.keys.iter().map(|key| key.id).collect();
    for id in ids.into_iter().filter(|id| *id > 0) {
        let body = json!({"at": INSTANT, "scope": "inference", "model": "chat"});
        let path = format!("/v2/api-keys/{id}/explain");
        questions.push(Question::post(path, body, admin()));
    }
    for many in world.many.chunks(AT_ONCE) {
        let items: Vec<Value> = many
            .iter()
            .map(|key| json!({"key": key.value, "scope": "inference"}))
            .collect();
        let body = json!({"items": items});
        questions.push(Question::post("/v2/api-keys/verify", body, admin()));
    }
    for session in &world.sessions {
        let status = if session.lives { 200 } else { 401 };
        let by = || By::Cookie(session.cookie.clone());
        let me = Question::get("/v2/users/me", by());
        questions.push(me.expecting(Expected::Status(status)));
        questions.push(Question::get("/v2/users/me/sessions", by()));
    }
    for once in &world.once {
        // The value is shown again for some minutes.
        let again = once.question().showing(Shows::Ids);
        questions.push(again.expecting(Expected::Status(200)));
    }
    // What was asked has no event, so the record comes last.
    let events = Question::get("/v2/events?limit=1000", admin());
    questions.push(events.showing(Shows::Record));
    questions
}

fn lists(world: &World) -> Vec<Question> {
    let mut lists = vec![
        Question::get("/v2/users?page=-1&sort_by=created_at", admin()),
        Question::get("/v2/organizations?page=-1", admin()),
        Question::get("/v2/removals", admin()),
        Question::get("/v2/user-directory", admin()),
        Question::get("/v2/api-keys?user_id=*&page=-1&sort_by=created_at", admin()),
    ];
    let ids = [
        "/v2/users?page=-1&sort_by=username",
        "/v2/users?page=-1&sort_by=-is_admin,full_name",
        "/v2/users?page=-1&search=A",
        "/v2/api-keys?user_id=*&page=-1&sort_by=name",
        "/v2/api-keys?user_id=*&page=-1&sort_by=expires_at,name",
        "/v2/api-keys?user_id=*&page=-1&sort_by=-updated_at",
        "/v2/api-keys?user_id=*&page=-1&search=STRASSE",
        "/v2/api-keys?user_id=*&page=-1&search=otat",
        "/v2/api-keys?user_id=*&page=-1&metadata.team=core",
        "/v2/api-keys?user_id=*&page=-1&expires_before=2100-01-01T00:00:00Z",
        "/v2/api-keys?user_id=*&page=-1&status=active",
        "/v2/api-keys?user_id=*&page=-1&status=disabled",
        "/v2/api-keys?user_id=*&page=-1&status=revoked",
        "/v2/api-keys?user_id=*&page=-1&status=expired",
    ];
    lists.extend(ids.map(|path| Question::get(path, admin()).showing(Shows::Ids)));
    if !world.sessions.is_empty() {
        // What is in it depends on the day.
        lists.push(Question::get("/v2/reports/hygiene?user_id=*", admin()));
    }
    lists
}

/// Returns what is asked about a key: by a backend from the database and from the cache, by
/// gateways, and in its own name.
fn of_key(key: &Key) -> Vec<Question> {
    let value = &key.value;
    let own = || By::Key(value.clone());
    let backend = |body| {
        let question = Question::post("/v2/api-keys/verify", body, admin());
        question.header("Cache-Control", "no-cache")
    };
    let gateway = |scope: &str, model: &str| {
        let path = format!("/auth/verify?scope={scope}");
        let question = Question::get(path, own()).header("X-Model", model);
        question.expecting(key.expected(scope, model))
    };
    let signs_in = match key.code.as_str() {
        "Valid"
            if key
                .scope
                .iter()
                .any(|scope| scope == "*" || scope == "management") =>
        {
            Expected::Status(200)
        }
        _ => Expected::Refused,
    };
    vec![
        backend(json!({"key": value})).expecting(Expected::Code(key.code.clone())),
        backend(json!({"key": value, "scope": "inference", "model": "chat"})),
        Question::post(
            "/v2/api-keys/verify",
            json!({"key": value, "model": "draw"}),
            admin(),
        ),
        gateway("inference", "chat"),
        gateway("management", "draw"),
        Question::get("/token-auth", own()).header("x-higress-llm-model", "draw"),
        Question::get("/v2/users/me", own()).expecting(signs_in),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifications_are_counted_also_in_a_batch() {
        let count = |question: Question| verifications(&question);
        let verify = |body| Question::post("/v2/api-keys/verify", body, By::Nobody);
        assert_eq!(count(verify(json!({"key": "a"}))), 1);
        assert_eq!(
            count(verify(json!({"items": [{"key": "a"}, {"key": "b"}]}))),
            2
        );
        assert_eq!(count(Question::get("/auth/verify?scope=*", By::Nobody)), 1);
        assert_eq!(count(Question::get("/v2/users", By::Nobody)), 0);
    }
}
