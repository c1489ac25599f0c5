//! Numbers, judged as they are written.

/// Returns the whole number of 64 bits that a JSON number is, exactly; `None` if it
/// has a fraction or is beyond them. A fraction of zero and an exponent are allowed:
/// `3600`, `3600.0` and `3.6e3` are the same.
///
/// No floating-point number is involved: it would round, and small fractions would
/// become 0. Takes time in proportion to the length of the text, not to the exponent.
pub(super) fn whole(text: &str) -> Option<i64> {
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [integer, fraction].concat();
    let all_digits = digits.trim_start_matches('0');
    let digits = all_digits.trim_end_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    // How many zeros follow the digits before the decimal point; negative if digits
    // come after it.
    let zeros = signed(all_digits.len() - digits.len())?
        .checked_sub(signed(fraction.len())?)?
        .checked_add(power(exponent)?)?;
    let zeros = usize::try_from(zeros).ok()?;
    if digits.len().checked_add(zeros)? > MOST_DIGITS {
        return None;
    }
    let padding = std::iter::repeat_n(b'0', zeros);
    let mut value: i64 = 0;
    for digit in digits.bytes().chain(padding) {
        // Below zero there is one more number.
        value = value
            .checked_mul(10)?
            .checked_sub(i64::from(digit - b'0'))?;
    }
    if is_negative {
        Some(value)
    } else {
        value.checked_neg()
    }
}

/// How many digits a number of 64 bits has at most.
const MOST_DIGITS: usize = 19;

fn signed(length: usize) -> Option<i64> {
    i64::try_from(length).ok()
}

/// Returns the exponent. One of too many digits is beyond any number of digits that
/// fit a body.
fn power(text: &str) -> Option<i64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    #[test]
    fn a_number_is_judged_as_it_is_written() {
        let table = [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("-0.0", Some(0)),
            ("0e999999999999999999999999", Some(0)),
            ("3600", Some(3_600)),
            ("3600.0", Some(3_600)),
            ("3.6e3", Some(3_600)),
            ("3.6E+3", Some(3_600)),
            ("36000e-1", Some(3_600)),
            ("0.5e1", Some(5)),
            ("0.0005e4", Some(5)),
            ("1e18", Some(1_000_000_000_000_000_000)),
            ("9007199254740993.0", Some(9_007_199_254_740_993)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775807.000", Some(i64::MAX)),
            ("922337203685477580.7e1", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("-9223372036854775808", Some(i64::MIN)),
            ("-9223372036854775809", None),
            ("-9223372036854775809.0", None),
            ("18446744073709551616", None),
            ("0.1", None),
            ("-0.1", None),
            ("3600.00000000000000000001", None),
            ("9007199254740992.5", None),
            ("1e-1", None),
            ("1e-400", None),
            ("-1e-400", None),
            ("1e400", None),
            ("-1e400", None),
            ("1e19", None),
            ("1e999999999", None),
            ("1e-999999999", None),
            ("1e99999999999999999999999999", None),
            ("1e-99999999999999999999999999", None),
        ];
        for (text, expected) in table {
            assert_eq!(whole(text), expected, "{text}");
        }
    }

    #[test]
    fn long_numbers_take_no_longer_than_others_of_their_length() {
        let zeros = "0".repeat(60_000);
        let nines = "9".repeat(60_000);
        let started = Instant::now();
        for (text, expected) in [
            (format!("1{zeros}e-60000"), Some(1)),
            (format!("0.{zeros}1e60001"), Some(1)),
            (format!("7.{zeros}"), Some(7)),
            (format!("7.{zeros}1"), None),
            (nines.clone(), None),
            (format!("1e{nines}"), None),
            (format!("1e-{nines}"), None),
        ] {
            assert_eq!(whole(&text), expected);
        }
        assert!(started.elapsed() < Duration::from_secs(2));
    }

    proptest! {
        #[test]
        fn a_number_is_what_it_was_before_its_point_was_moved(
            number: i64,
            places in 0_usize..30,
        ) {
            let digits = format!("{:0>30}", number.unsigned_abs());
            let (integer, fraction) = digits.split_at(30 - places);
            let integer = match integer.trim_start_matches('0') {
                "" => "0",
                some => some,
            };
            let point = if places == 0 { "" } else { "." };
            let sign = if number < 0 { "-" } else { "" };
            let moved = format!("{sign}{integer}{point}{fraction}e{places}");
            prop_assert_eq!(whole(&moved), Some(number), "{}", moved);
        }
    }
}
