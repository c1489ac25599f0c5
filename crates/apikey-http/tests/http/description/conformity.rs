//! Whether an answer is one that the description has.

use super::document;
use actix_web::http::{Method, header::HeaderMap};
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

/// The headers that the server below adds, and those that say what the body is.
const OF_HTTP: [&str; 4] = ["connection", "content-length", "content-type", "date"];

/// Which operation a request is for.
pub(crate) struct Asked {
    method: Method,
    path: String,
}

// === impl Asked ===

impl Asked {
    pub(crate) fn new(method: &Method, path: &str) -> Self {
        Self {
            method: method.clone(),
            path: path.to_owned(),
        }
    }

    /// Panics unless the description has this answer; of a stream there is no body.
    pub(crate) fn check(&self, status: u16, headers: &HeaderMap, body: Option<&str>) {
        let (operation, place) = self.operation();
        let place = format!("{place} {status}");
        let answer = match operation {
            Some(operation) => followed(&operation["responses"][status.to_string()]),
            // A path or a method that there is not.
            None => {
                assert!(matches!(status, 404 | 405), "{place} is not described");
                followed(&json!({"$ref": "#/components/responses/NotFound"}))
            }
        };
        assert!(!answer.is_null(), "{place} is not described");
        check_headers(&place, &answer["headers"], headers);
        self.check_body(&place, &answer["content"], headers, body);
    }

    /// Returns the name of the operation.
    pub(crate) fn name(&self) -> String {
        let (operation, place) = self.operation();
        let name = operation.and_then(|one| one["operationId"].as_str());
        assert!(name.is_some(), "{place} is not described");
        name.unwrap().to_owned()
    }

    /// Panics unless the description lets a request have this body, which was accepted.
    pub(crate) fn check_accepted(&self, kind: &str, body: &[u8]) {
        let (operation, place) = self.operation();
        let contents = operation.map_or(&Value::Null, |one| &one["requestBody"]["content"]);
        let is_form = kind.starts_with("application/x-www-form-urlencoded");
        // Whatever else it says of itself: most do not look at it.
        let Some(content) = contents.get("application/json").filter(|_| !is_form) else {
            return;
        };
        let body = std::str::from_utf8(body).unwrap();
        let place = format!("{place} {kind}");
        validate(&place, &content["schema"], body, Openness::AsDescribed);
    }

    fn check_body(&self, place: &str, contents: &Value, headers: &HeaderMap, body: Option<&str>) {
        let kind = headers.get("content-type");
        let kind = kind.map_or("", |kind| kind.to_str().unwrap());
        if self.method == Method::HEAD || kind.is_empty() {
            let is_empty = body.is_none_or(str::is_empty) && contents.is_null();
            assert!(
                is_empty || self.method == Method::HEAD,
                "{place} has no body"
            );
            return;
        }
        let content = contents.get(kind);
        assert!(content.is_some(), "{place} as {kind} is not described");
        let content = content.unwrap();
        if let Some(body) = body.filter(|_| kind.ends_with("json")) {
            validate(place, &content["schema"], body, Openness::Closed);
        }
    }

    /// Returns the operation, if there is one, and how to call it.
    fn operation(&self) -> (Option<&'static Value>, String) {
        let method = self.method.as_str().to_ascii_lowercase();
        let asked = format!("{} {}", self.method, self.path);
        if self.path == "/auth/verify" || self.path.starts_with("/auth/verify/") {
            return (Some(&document()["paths"]["/auth/verify"]["get"]), asked);
        }
        let paths = document()["paths"].as_object().unwrap();
        let templates = paths
            .iter()
            .filter(|(template, _)| fits(template, &self.path));
        // One without parameters goes first.
        let found = templates.min_by_key(|(template, _)| template.matches('{').count());
        (found.and_then(|(_, item)| item.get(&method)), asked)
    }
}

fn check_headers(place: &str, described: &Value, headers: &HeaderMap) {
    let empty = Map::new();
    let described = described.as_object().unwrap_or(&empty);
    let described: HashMap<_, _> = described
        .iter()
        .map(|(name, header)| (name.to_ascii_lowercase(), followed(header)))
        .collect();
    for (name, value) in headers {
        let name = name.as_str();
        let is_for_browsers = matches!(
            name,
            "vary" | "access-control-allow-origin" | "access-control-expose-headers"
        );
        if is_for_browsers || OF_HTTP.contains(&name) || (name == "allow" && place.ends_with("405"))
        {
            continue;
        }
        let header = described.get(name);
        assert!(header.is_some(), "{place}: {name} is not described");
        let header = header.unwrap();
        let text = value.to_str().unwrap();
        let value = match header["schema"]["type"].as_str() {
            Some("integer") => text.to_owned(),
            _ => json!(text).to_string(),
        };
        let place = format!("{place} {name}");
        validate(&place, &header["schema"], &value, Openness::AsDescribed);
    }
    for (name, header) in &described {
        let is_there = headers.contains_key(name.as_str());
        assert!(
            is_there || header["required"] != true,
            "{place} has no {name}"
        );
    }
}

/// Whether an object may have fields that are not described.
#[derive(Clone, Copy, Debug)]
enum Openness {
    /// As the description says: clients ignore what a later release adds.
    AsDescribed,
    /// None: what is there now is described.
    Closed,
}

fn validate(place: &str, schema: &Value, text: &str, openness: Openness) {
    static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> =
        LazyLock::new(Default::default);
    let value: Value = serde_json::from_str(text).unwrap();
    let name = format!("{openness:?} {schema}");
    let validator = VALIDATORS.lock().unwrap().get(&name).cloned();
    let validator = validator.unwrap_or_else(|| {
        let made = Arc::new(compiled(schema, openness));
        VALIDATORS.lock().unwrap().insert(name, Arc::clone(&made));
        made
    });
    let errors: Vec<_> = validator
        .iter_errors(&value)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{place}: {errors:#?}\nin {text}");
}

fn compiled(schema: &Value, openness: Openness) -> Validator {
    let mut whole = schema.clone();
    let mut components = document()["components"].clone();
    if let Openness::Closed = openness {
        close(&mut components["schemas"]);
        close(&mut whole);
    }
    whole["components"] = components;
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(&whole).unwrap()
}

/// Lets objects have no other fields than those that are described.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("properties").is_some_and(Value::is_object) {
                fields.entry("additionalProperties").or_insert(json!(false));
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(entries) => entries.iter_mut().for_each(close),
        _ => {}
    }
}

/// Returns what a reference refers to, or the value itself.
fn followed(value: &Value) -> Value {
    match value["$ref"].as_str() {
        Some(reference) => document().pointer(&reference[1..]).unwrap().clone(),
        None => value.clone(),
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template
            .zip(path)
            .all(|(one, other)| one == other || (one.starts_with('{') && !other.is_empty()))
}
