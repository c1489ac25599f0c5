//! The values of headers, as a plain reader sees them.

pub(super) fn values<'a>(fields: &[(&str, &'a [u8])], wanted: &str) -> Vec<&'a [u8]> {
    let named = fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
    named.map(|(_, value)| *value).collect()
}

/// Returns the scheme in lower case, and what follows it, if there is a blank between.
pub(super) fn scheme_and_rest(value: &[u8]) -> (String, Option<&[u8]>) {
    let value = trimmed(value);
    let is_blank = |byte: &u8| byte.is_ascii_whitespace();
    let end = value.iter().position(is_blank).unwrap_or(value.len());
    let scheme = String::from_utf8_lossy(&value[..end]).to_ascii_lowercase();
    (scheme, (end < value.len()).then(|| trimmed(&value[end..])))
}

pub(super) fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

pub(super) fn only(mut values: Vec<&[u8]>) -> Result<Option<&[u8]>, u16> {
    values.retain(|value| !value.is_empty());
    values.sort_unstable();
    values.dedup();
    match values.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(400),
    }
}
