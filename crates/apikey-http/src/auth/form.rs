//! The fields of a form, which may be secrets.

use crate::error::HttpError;
use percent_encoding::percent_decode;
use zeroize::Zeroizing;

/// Returns a field; of several with this name, the last one. An absent one is empty, as for
/// GPUStack.
///
/// # Errors
///
/// 422 if it is not UTF-8.
pub(super) fn text(form: &[u8], name: &str) -> Result<Zeroizing<String>, HttpError> {
    let fields = form.split(|byte| *byte == b'&').filter_map(|field| {
        let end = field.iter().position(|byte| *byte == b'=')?;
        Some((&field[..end], &field[end + 1..]))
    });
    let is_it = |field: &[u8]| decoded(field).as_slice() == name.as_bytes();
    let value = fields.rev().find(|(field, _)| is_it(field));
    let mut bytes = decoded(value.map_or(&[], |(_, value)| value));
    let text = String::from_utf8(std::mem::take(&mut *bytes));
    let not_text = |_| HttpError::invalid(format!("body.{name}: must be UTF-8"));
    text.map(Zeroizing::new).map_err(not_text)
}

fn decoded(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let spaced: Zeroizing<Vec<u8>> = Zeroizing::new(
        text.iter()
            .map(|byte| if *byte == b'+' { b' ' } else { *byte })
            .collect(),
    );
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    bytes.extend(percent_decode(&spaced));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_decoded_and_the_last_one_counts() {
        let read = |form: &str| text(form.as_bytes(), "password").map(|text| text.to_string());
        for (form, expected) in [
            ("username=a&password=b", "b"),
            ("password=a+b%2Bc%26d%3D%C3%A4", "a b+c&d=ä"),
            ("password=a&password=b", "b"),
            ("pass%77ord=a", "a"),
            ("password=a=b", "a=b"),
            ("password=%", "%"),
            ("password=", ""),
            ("password", ""),
            ("passwords=a", ""),
            ("", ""),
            ("&&=&", ""),
        ] {
            assert_eq!(read(form).ok().as_deref(), Some(expected), "{form}");
        }
        assert!(read("password=%ff").is_err());
    }
}
