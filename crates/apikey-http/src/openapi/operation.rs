//! The description of one operation, which stands beside its handler.

pub(crate) use super::files::JSON;

use super::{
    answers::{self, headers},
    examples, parameters,
    schemas::{self, Schemas},
};
use crate::{
    body::{OtherFields, RequestBody},
    listing::PaginationView,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One method of a path.
pub(crate) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) tag: &'static str,
    /// Whether the path answers no other method, not even `OPTIONS`.
    pub(super) is_alone: bool,
    pub(super) id: &'static str,
    summary: &'static str,
    details: Option<&'static str>,
    credentials: &'static [&'static str],
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: BTreeMap<u16, Value>,
    pub(super) schemas: Schemas,
}

/// The names of credentials, each of which will do.
pub(super) const CREDENTIALS: [&str; 4] = ["basic", "session", "bearer", "apiKey"];

// === impl Operation ===

impl Operation {
    /// Returns an operation without credentials, a body or refusals.
    pub(crate) fn new(route: &'static str, id: &'static str, summary: &'static str) -> Self {
        let (method, path) = route.split_once(' ').unwrap_or_default();
        let names = path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next());
        let parameters: Vec<_> = names.map(parameters::segment).collect();
        let has_ids = path.contains("id}");
        let operation = Self {
            method,
            path,
            tag: "",
            is_alone: false,
            id,
            summary,
            details: None,
            credentials: &[],
            parameters,
            body: None,
            answers: BTreeMap::new(),
            schemas: Schemas::default(),
        };
        match has_ids {
            true => operation.refused([422]),
            false => operation,
        }
    }

    /// Says more than the summary.
    pub(crate) fn details(mut self, details: &'static str) -> Self {
        self.details = Some(details);
        self
    }

    /// Its path answers no other method.
    pub(crate) fn alone(mut self) -> Self {
        self.is_alone = true;
        self
    }

    /// Needs any credentials.
    pub(crate) fn signed_in(self) -> Self {
        self.with_credentials(&CREDENTIALS)
            .header(parameters::request_id())
            .refused([401, 403, 429, 500, 503])
    }

    /// Needs any credentials, and acts for a principal.
    pub(crate) fn in_tenant(self) -> Self {
        self.signed_in()
            .parameters([parameters::organization_id()])
            .refused([404, 422])
    }

    /// Takes one of these credentials.
    pub(crate) fn with_credentials(mut self, credentials: &'static [&'static str]) -> Self {
        self.credentials = credentials;
        self
    }

    /// Has these parameters.
    pub(crate) fn parameters<const N: usize>(mut self, parameters: [Value; N]) -> Self {
        self.parameters.extend(parameters);
        self.refused([422])
    }

    /// Has a header that nothing is wrong with.
    pub(crate) fn header(mut self, header: Value) -> Self {
        self.parameters.push(header);
        self
    }

    /// Takes a body.
    pub(crate) fn takes<T: RequestBody + ToSchema>(self) -> Self {
        self.takes_as::<T>(&[JSON])
    }

    /// Takes a body in one of these formats.
    pub(crate) fn takes_as<T: RequestBody + ToSchema>(mut self, formats: &[&str]) -> Self {
        let reference = self.schemas.of::<T>();
        let mut schema = schemas::own::<T>();
        if matches!(T::OTHER_FIELDS, OtherFields::Refused) {
            schema["additionalProperties"] = json!(false);
        }
        self.schemas.named(&T::name(), schema);
        self.takes_schema(reference, formats)
    }

    /// Takes a body like this.
    pub(crate) fn takes_schema(mut self, schema: Value, formats: &[&str]) -> Self {
        let contents = formats.iter().map(|format| {
            let content = json!({"schema": schema, "example": examples::request(self.id)});
            ((*format).to_owned(), content)
        });
        let contents: Map<_, _> = contents.collect();
        self.body = Some(json!({"required": true, "content": contents}));
        self.refused([400, 408, 413, 422])
    }

    /// Answers with what a type is written as.
    pub(crate) fn answers<T: ToSchema>(mut self, description: &str) -> Self {
        let schema = self.schemas.of::<T>();
        self.answers_schema(description, schema)
    }

    /// Answers with a page of what a type is written as, under a name of its own.
    pub(crate) fn answers_page<T: ToSchema>(mut self, name: &str) -> Self {
        let schema = self.page::<T>(name);
        let link = "The next, previous, first and last page, relative to the request; not of all \
                    in one page.";
        let total = json!({"type": "integer", "minimum": 0});
        self.answers_schema("A page.", schema)
            .answer_header("Link", json!({"type": "string"}), link)
            .answer_header("X-Total-Count", total, "How many entries all pages have.")
    }

    /// Answers with 304 if the request names the entity tag that the answer has.
    pub(crate) fn if_changed(mut self, tag: Value, description: &str) -> Self {
        self = self.answer_header("ETag", tag, description);
        let headers = self
            .answers
            .get(&200)
            .map(|answer| answer["headers"].clone());
        let unchanged = json!({
            "description": "It is as `If-None-Match` says.",
            "headers": headers,
        });
        self.answer(304, unchanged)
            .header(parameters::if_none_match())
    }

    /// Returns the schema of such a page.
    pub(crate) fn page<T: ToSchema>(&mut self, name: &str) -> Value {
        let items = schemas::list(self.schemas.of::<T>());
        let pagination = self.schemas.of::<PaginationView>();
        let page = schemas::object([("items", items), ("pagination", pagination)]);
        self.schemas.named(name, page)
    }

    /// Answers with `null`.
    pub(crate) fn answers_null(self, description: &str) -> Self {
        self.answers_schema(description, json!({"type": "null"}))
    }

    /// Answers with this JSON.
    pub(crate) fn answers_schema(self, description: &str, schema: Value) -> Self {
        let content = json!({"schema": schema, "example": examples::answer(self.id)});
        self.answers_with(description, json!({JSON: content}), &[])
    }

    /// Answers with these contents, by their types, and these headers.
    pub(crate) fn answers_with(
        mut self,
        description: &str,
        contents: Value,
        names: &[&str],
    ) -> Self {
        let mut answer = json!({"description": description, "headers": headers(names)});
        if !contents.is_null() {
            answer["content"] = contents;
        }
        self.answers.insert(200, answer);
        self
    }

    /// Has this header in its answer.
    pub(crate) fn answer_header(mut self, name: &str, schema: Value, description: &str) -> Self {
        if let Some(answer) = self.answers.get_mut(&200) {
            answer["headers"][name] = json!({"description": description, "schema": schema});
        }
        self
    }

    /// Leads to operations on what it answers with: of each of their parameters the place
    /// in the answer is given, or of the request as `path NAME`.
    pub(crate) fn leads_to(mut self, operations: &[&str], parameters: &[(&str, &str)]) -> Self {
        let place = |place: &str| match place.strip_prefix("path ") {
            Some(name) => json!(format!("$request.path.{name}")),
            None => json!(format!("$response.body#/{place}")),
        };
        for operation in operations {
            let parameters = parameters.iter();
            let parameters: Map<_, _> = parameters
                .map(|(name, at)| ((*name).to_owned(), place(at)))
                .collect();
            if let Some(answer) = self.answers.get_mut(&200) {
                answer["links"][operation] =
                    json!({"operationId": operation, "parameters": parameters});
            }
        }
        self
    }

    /// Streams, too, what it answers.
    pub(crate) fn streams(mut self) -> Self {
        if let Some(answer) = self.answers.get_mut(&200) {
            answer["content"]["text/event-stream"] = json!({"schema": {"type": "string"}});
            let never = json!({"type": "string", "const": "no"});
            answer["headers"]["X-Accel-Buffering"] =
                json!({"description": "Of a stream.", "schema": never});
        }
        self
    }

    /// Is refused with these statuses.
    pub(crate) fn refused<const N: usize>(mut self, statuses: [u16; N]) -> Self {
        for status in statuses {
            let refusal = || answers::refusal(status);
            self.answers.entry(status).or_insert_with(refusal);
        }
        self
    }

    /// Refuses keys as calls of gateways do.
    pub(crate) fn refuses_keys(mut self) -> Self {
        self.answers
            .insert(401, answers::reference(answers::KEY_REFUSED));
        let insufficient = answers::reference(answers::KEY_INSUFFICIENT);
        self.answers.insert(403, insufficient);
        self.refused([400, 500, 503])
    }

    /// Has another answer with this status.
    pub(crate) fn answer(mut self, status: u16, answer: Value) -> Self {
        self.answers.insert(status, answer);
        self
    }

    /// Returns a reference to the schema of a type, which it has from now on.
    pub(crate) fn schema<T: ToSchema>(&mut self) -> Value {
        self.schemas.of::<T>()
    }

    /// Returns what the body of a refusal is like, by its type.
    pub(crate) fn refusal_contents(&mut self) -> Value {
        answers::contents(&mut self.schemas)
    }

    /// Returns a schema that it has under a name.
    pub(crate) fn own_schema(&self, name: &str) -> Value {
        self.schemas.get(name)
    }

    /// Has a schema under a name; returns a reference to it.
    pub(crate) fn named_schema(&mut self, name: &str, schema: Value) -> Value {
        self.schemas.named(name, schema)
    }

    /// Returns the parameters in the path.
    pub(super) fn segments(&self) -> impl Iterator<Item = &Value> {
        let parameters = self.parameters.iter();
        parameters.filter(|parameter| parameter["in"] == "path")
    }

    /// Returns it as JSON.
    pub(super) fn to_json(&self) -> Value {
        let answers = self.answers.iter();
        let answers: Map<_, _> = answers
            .map(|(status, answer)| (status.to_string(), answer.clone()))
            .collect();
        let mut operation = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "responses": answers,
        });
        let security = self.credentials.iter();
        let security: Vec<_> = security.map(|name| json!({*name: []})).collect();
        operation["security"] = json!(security);
        if let Some(details) = self.details {
            operation["description"] = json!(details);
        }
        if !self.parameters.is_empty() {
            operation["parameters"] = json!(self.parameters);
        }
        if let Some(body) = &self.body {
            operation["requestBody"] = body.clone();
        }
        operation
    }
}
