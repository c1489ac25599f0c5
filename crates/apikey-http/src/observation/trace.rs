//! W3C Trace Context: the trace that a request belongs to.

use actix_web::http::header::HeaderMap;

const TRACEPARENT: &str = "traceparent";

/// The lengths of the parts of version 00, with a hyphen between each two.
const PARTS: [usize; 4] = [2, 32, 16, 2];

/// Returns the trace id of the one `traceparent` of a request, if it is valid.
pub(crate) fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(TRACEPARENT);
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let mut parts = value.to_str().ok()?.splitn(5, '-');
    let [version, trace, parent, flags] =
        PARTS.map(|length| parts.next().filter(|part| is_hex(part, length)));
    let (version, trace, parent) = (version?, trace?, parent?);
    flags?;
    // What comes behind belongs to a later version.
    let has_more = parts.next().is_some();
    let is_known = version != "ff" && !(version == "00" && has_more);
    (is_known && !is_zero(trace) && !is_zero(parent)).then_some(trace)
}

fn is_hex(part: &str, length: usize) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    part.len() == length && part.bytes().all(is_digit)
}

fn is_zero(part: &str) -> bool {
    part.bytes().all(|byte| byte == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    #[test]
    fn only_a_valid_trace_is_known() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let parent = "00f067aa0ba902b7";
        let zeros = ["0".repeat(32), "0".repeat(16)];
        for (value, is_valid) in [
            (format!("00-{trace}-{parent}-01"), true),
            (format!("00-{trace}-{parent}-00"), true),
            (format!("cc-{trace}-{parent}-01-what-follows"), true),
            (format!("00-{trace}-{parent}-01-what-follows"), false),
            (format!("ff-{trace}-{parent}-01"), false),
            (format!("00-{}-{parent}-01", trace.to_uppercase()), false),
            (format!("00-{}-{parent}-01", zeros[0]), false),
            (format!("00-{trace}-{}-01", zeros[1]), false),
            (format!("00-{trace}-{parent}"), false),
            (format!("00-{trace}-{parent}-1"), false),
            (format!("{trace}-{parent}-01"), false),
            (String::new(), false),
        ] {
            let mut headers = HeaderMap::new();
            let name = HeaderName::from_static(TRACEPARENT);
            headers.append(name.clone(), HeaderValue::from_str(&value).unwrap());
            assert_eq!(trace_id(&headers), is_valid.then_some(trace), "{value}");
            headers.append(name, HeaderValue::from_str(&value).unwrap());
            assert_eq!(trace_id(&headers), None, "two of them: {value}");
        }
        assert_eq!(trace_id(&HeaderMap::new()), None);
    }
}
