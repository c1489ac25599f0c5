//! Everything that is asked about a world.

use crate::{
    maker::{admin, by},
    question::{By, Expected, Question, Shows},
    world::{Key, World},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How many keys are verified at once.
const AT_ONCE: usize = 100;

/// For when keys are explained.
const INSTANT: &str = "2027-06-01T00:00:00Z";

/// Returns everything that is asked about a world.
pub(crate) fn of(world: &World) -> Vec<Question> {
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
