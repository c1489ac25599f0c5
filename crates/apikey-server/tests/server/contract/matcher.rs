//! Compares a response with a recording.

use serde_json::Value;
use std::collections::HashMap;

/// Resolves `${...}` and `$kind:name` by the values of a replay.
pub(crate) struct Matcher<'a>(pub(crate) &'a HashMap<String, Value>);

impl Matcher<'_> {
    /// Returns a recorded value with `${...}` substituted.
    pub(crate) fn substitute(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.substitute_text(text),
            Value::Array(items) => items.iter().map(|item| self.substitute(item)).collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(name, field)| (name.clone(), self.substitute(field)))
                .collect(),
            other => other.clone(),
        }
    }

    fn substitute_text(&self, text: &str) -> Value {
        let whole = text
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'));
        if let Some(value) = whole.and_then(|name| self.0.get(name)) {
            return value.clone();
        }
        let mut result = text.to_owned();
        while let Some(start) = result.find("${") {
            let end = start + result[start..].find('}').unwrap();
            let value = &self.0[&result[start + 2..end]];
            let value = value.as_str().map_or(value.to_string(), str::to_owned);
            result.replace_range(start..=end, &value);
        }
        Value::String(result)
    }

    /// Returns how `got` differs from the recorded value. An object may have more
    /// fields than the recorded one.
    pub(crate) fn differences(&self, path: &str, wanted: &Value, got: &Value) -> Vec<String> {
        let is_same = match wanted {
            Value::String(text) => match text.strip_prefix('$') {
                Some(matcher) if !matcher.starts_with('{') => self.matches(matcher, got),
                _ => self.substitute(wanted) == *got,
            },
            Value::Object(fields) if got.is_object() => {
                let nothing = Value::Null;
                let each = fields.iter().flat_map(|(name, field)| {
                    let inner = got.get(name).unwrap_or(&nothing);
                    self.differences(&format!("{path}.{name}"), field, inner)
                });
                return each.collect();
            }
            Value::Array(items) if got.as_array().is_some_and(|g| g.len() == items.len()) => {
                let each = items.iter().enumerate().flat_map(|(index, item)| {
                    self.differences(&format!("{path}[{index}]"), item, &got[index])
                });
                return each.collect();
            }
            _ => wanted == got,
        };
        if is_same {
            Vec::new()
        } else {
            vec![format!("{path}: want {wanted}, got {got}")]
        }
    }

    fn matches(&self, matcher: &str, got: &Value) -> bool {
        let (kind, name) = matcher.split_once(':').unwrap_or((matcher, ""));
        let known = |name: String| self.0.get(&name) == Some(got);
        match kind {
            "any" => true,
            "int" => got.is_i64(),
            "time" => got.as_str().is_some_and(is_time),
            "value" if name.is_empty() => got.as_str().is_some_and(is_generated),
            "value" => known(format!("{name}.value")),
            "id" => known(name.to_owned()),
            "user" => known(format!("user.{name}.username")),
            "text" => self.substitute_text(name) == *got,
            "mask" => got.as_str() == Some(&self.mask(name)),
            _ => panic!("the recording has an unknown matcher ${matcher}"),
        }
    }

    fn mask(&self, name: &str) -> String {
        let value = self.0[&format!("{name}.value")].as_str().unwrap();
        let parts: Vec<_> = value.splitn(3, '_').collect();
        format!("{}_{}***", parts[0], &parts[1][..4])
    }
}

/// Returns whether a text is an instant in UTC as in RFC 3339.
fn is_time(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    let (whole, fraction) = shape.split_at_checked(19).unwrap_or(("", ""));
    let fraction = fraction.trim_start_matches('.').trim_start_matches('0');
    whole == "0000-00-00T00:00:00" && fraction == "Z"
}

/// Returns whether a text is `{prefix}_{16 hex digits}_{32 hex digits}`.
fn is_generated(text: &str) -> bool {
    let parts: Vec<_> = text.split('_').collect();
    let is_hex = |part: &str| {
        part.bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    matches!(parts.as_slice(), [_, access_key, secret]
        if access_key.len() == 16 && secret.len() == 32 && is_hex(access_key) && is_hex(secret))
}
