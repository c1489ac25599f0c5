//! Headers to which each proxy appends an element.
//!
//! They are read from their end, and each element is read by itself: what a client wrote is
//! before what the proxies wrote, and must not change how that is read. So an element ends
//! at a comma, also at one in quotes; what is left of the quotes is not read then.

use actix_web::http::header::{HeaderMap, HeaderName};

/// Returns the elements of all lines of a header, the last one first. `None` is one that is
/// not UTF-8.
pub(crate) fn elements_from_last<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = Option<&'a str>> + use<'a> {
    let lines = headers.get_all(name).rev();
    let elements = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    elements.map(|element| std::str::from_utf8(element.trim_ascii()).ok())
}

/// Returns the value of a parameter of an element of `Forwarded` (RFC 7239). Nothing is read
/// from one that has it twice, or that is not well-formed: then somebody else may have
/// written a part of it.
pub(crate) fn parameter<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let mut found = None;
    for pair in element.split(';').filter(|pair| !pair.trim().is_empty()) {
        let (of, value) = pair.split_once('=')?;
        let value = unquoted(value.trim())?;
        if of.trim().eq_ignore_ascii_case(name) && found.replace(value).is_some() {
            return None;
        }
    }
    found
}

/// Returns a value without the quotes around it; `None` if there is one within it.
fn unquoted(value: &str) -> Option<&str> {
    let inside = match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => value,
    };
    (!inside.contains(['"', '\\'])).then_some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_read_from_a_well_formed_element_only() {
        for (element, expected) in [
            ("for=a", Some("a")),
            ("For=\"a\"", Some("a")),
            ("proto=http;for=a;by=b", Some("a")),
            (" proto = http ; for = a ;;", Some("a")),
            ("for=\"\"", Some("")),
            ("for=_hidden", Some("_hidden")),
            ("", None),
            ("a", None),
            ("proto=http", None),
            ("before=a", None),
            ("for=a;for=b", None),
            ("for=a;proto", None),
            ("for=\"a", None),
            ("for=a\"", None),
            ("for=\"", None),
            // What a comma within quotes leaves behind it, whatever stands there.
            ("for=a;x=\"", None),
            ("for=a;x=b\"", None),
            ("for=a;x=\\\"b\"", None),
            ("for=a;x=\\\"\";host=b", None),
            ("x\";for=a", None),
        ] {
            assert_eq!(parameter(element, "for"), expected, "{element}");
        }
    }
}
