//! Compares an answer with a recording.

use serde_json::Value;
use std::collections::HashMap;

/// Knows what `${...}` and `$kind:name` stand for.
pub(crate) struct Matcher<'a>(pub(crate) &'a HashMap<String, Value>);

impl Matcher<'_> {
    /// A recorded value with `${...}` filled in.
    pub(crate) fn filled(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.filled_text(text),
            Value::Array(items) => items.iter().map(|item| self.filled(item)).collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(name, field)| (name.clone(), self.filled(field)))
                .collect(),
            other => other.clone(),
        }
    }

    fn filled_text(&self, text: &str) -> Value {
        let whole = text
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'));
        if let Some(value) = whole.and_then(|name| self.0.get(name)) {
            return value.clone();
        }
        let mut filled = text.to_owned();
        while let Some(start) = filled.find("${") {
            let end = start + filled[start..].find('}').unwrap();
            let value = &self.0[&filled[start + 2..end]];
            let value = value.as_str().map_or(value.to_string(), str::to_owned);
            filled.replace_range(start..=end, &value);
        }
        Value::String(filled)
    }

    /// How `got` differs from what was recorded. An object may have more fields
    /// than the recorded one.
    pub(crate) fn differences(&self, place: &str, wanted: &Value, got: &Value) -> Vec<String> {
        let is_same = match wanted {
            Value::String(text) => match text.strip_prefix('$') {
                Some(matcher) if !matcher.starts_with('{') => self.matches(matcher, got),
                _ => self.filled(wanted) == *got,
            },
            Value::Object(fields) if got.is_object() => {
                let nothing = Value::Null;
                let each = fields.iter().flat_map(|(name, field)| {
                    let inner = got.get(name).unwrap_or(&nothing);
                    self.differences(&format!("{place}.{name}"), field, inner)
                });
                return each.collect();
            }
            Value::Array(items) if got.as_array().is_some_and(|g| g.len() == items.len()) => {
                let each = items.iter().enumerate().flat_map(|(index, item)| {
                    self.differences(&format!("{place}[{index}]"), item, &got[index])
                });
                return each.collect();
            }
            _ => wanted == got,
        };
        match is_same {
            true => Vec::new(),
            false => vec![format!("{place}: want {wanted}, got {got}")],
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
            "text" => self.filled_text(name) == *got,
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

/// RFC 3339 in UTC.
fn is_time(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    let (whole, fraction) = shape.split_at_checked(19).unwrap_or(("", ""));
    let fraction = fraction.trim_start_matches('.').trim_start_matches('0');
    whole == "0000-00-00T00:00:00" && fraction == "Z"
}

/// `{prefix}_{16 hex digits}_{32 hex digits}`.
fn is_generated(text: &str) -> bool {
    let parts: Vec<_> = text.split('_').collect();
    let is_hex = |part: &str| {
        part.bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    matches!(parts.as_slice(), [_, access_key, secret]
        if access_key.len() == 16 && secret.len() == 32 && is_hex(access_key) && is_hex(secret))
}
