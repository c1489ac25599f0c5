//! One call of the REST interface.

use serde_json::Value;
use ureq::http::Method;

/// One call.
#[derive(Clone, Default)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    query: Vec<(String, String)>,
    pub(super) body: Option<Value>,
    pub(super) organization: Option<i64>,
    /// Whether it may be made again without a second effect, by this text.
    pub(super) idempotency_key: Option<String>,
}

// === impl Call ===

impl Call {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            ..Self::default()
        }
    }

    /// Adds a parameter.
    pub(super) fn with(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Adds a parameter, if there is a value.
    pub(super) fn with_some(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(super) fn body(self, body: Value) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    /// Acts for this organization.
    pub(super) fn in_organization(self, organization: Option<i64>) -> Self {
        Self {
            organization,
            ..self
        }
    }

    /// Lets it be made again.
    pub(super) fn named(self, idempotency_key: String) -> Self {
        Self {
            idempotency_key: Some(idempotency_key),
            ..self
        }
    }

    pub(super) fn may_be_repeated(&self) -> bool {
        self.method == Method::GET || self.idempotency_key.is_some()
    }

    pub(super) fn target(&self) -> String {
        let mut target = self.path.clone();
        for (index, (name, value)) in self.query.iter().enumerate() {
            target.push(if index == 0 { '?' } else { '&' });
            target += &format!("{}={}", escaped(name), escaped(value));
        }
        target
    }
}

/// Returns text as a part of a query.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'*' => {
                escaped.push(char::from(byte));
            }
            _ => escaped += &format!("%{byte:02X}"),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_escaped() {
        let call = Call::get("/v2/users")
            .with("search", "a b&c=ä")
            .with("user_id", "*");
        assert_eq!(
            call.target(),
            "/v2/users?search=a%20b%26c%3D%C3%A4&user_id=*"
        );
        assert!(call.may_be_repeated());
        let change = Call::new(Method::POST, "/v2/api-keys");
        assert!(!change.may_be_repeated());
        assert!(change.named("1".to_owned()).may_be_repeated());
    }
}
