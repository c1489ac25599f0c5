//! Plain readers of texts within other texts, a character at a time.

/// Returns the digit that a character is in hexadecimal.
pub(crate) fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Returns what a percent-encoded text stands for.
pub(crate) fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let (mut decoded, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let digit = |place: usize| text.get(place).copied().and_then(hex_digit);
        match (text[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high * 16 + low);
                at += 3;
            }
            (byte, _, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    decoded
}

/// Returns the whole number of 64 bits that a text writes, with a sign or without.
pub(crate) fn whole_number(text: &str) -> Option<i64> {
    let (is_negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let number = digits_of(digits)?;
    let signed = if is_negative { -number } else { number };
    i64::try_from(signed).ok()
}

/// Returns the number that digits write, unless it is far beyond 64 bits.
pub(crate) fn digits_of(digits: &[u8]) -> Option<i128> {
    let mut number = 0_i128;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = (number * 10 + i128::from(byte - b'0')).min(1 << 80);
    }
    (!digits.is_empty()).then_some(number)
}

/// Returns the whole number of 64 bits that a number of JSON is, judged as it is
/// written.
pub(crate) fn whole_json_number(text: &str) -> Option<i64> {
    let (is_negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let lower = rest.to_ascii_lowercase();
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    let stripped = significant.trim_end_matches('0');
    if stripped.is_empty() {
        return Some(0);
    }
    // Beyond 64 bits its sign alone decides: no text is that long.
    let exponent = whole_number(exponent).unwrap_or(match exponent.starts_with('-') {
        true => i64::MIN / 2,
        false => i64::MAX / 2,
    });
    let moved = significant.len() as i64 - stripped.len() as i64 - fraction.len() as i64;
    let zeros = usize::try_from(exponent.saturating_add(moved)).ok()?;
    if stripped.len().saturating_add(zeros) > 19 {
        return None;
    }
    let written = format!("{stripped}{}", "0".repeat(zeros));
    let number = digits_of(written.as_bytes())?;
    i64::try_from(if is_negative { -number } else { number }).ok()
}
