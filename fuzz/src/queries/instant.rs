//! A plain reader of RFC 3339.

use crate::slow_text::digits_of;
use apikey_domain::timestamp::Timestamp;

/// Demands that an instant was read as it is written, and that one in the usual form
/// was read at all.
pub(super) fn must_agree(text: &str, read: Option<Timestamp>) {
    let expected = slow(text);
    let is_usual = text.as_bytes().get(10) == Some(&b'T') && text.ends_with('Z');
    match (expected, read) {
        (Some(expected), Some(read)) => assert_eq!(read.microseconds(), expected, "{text}"),
        // A second between days, of which the calendar here knows none.
        (None, Some(_)) => assert_eq!(text.get(17..19), Some("60"), "{text}"),
        (Some(expected), None) => {
            let is_in_calendar = i64::try_from(expected).ok();
            let is_in_calendar = is_in_calendar.and_then(Timestamp::from_microseconds);
            assert!(!is_usual || is_in_calendar.is_none(), "{text}");
        }
        (None, None) => {}
    }
}

/// Returns the microseconds since 1970 of an instant; `None` if it is none.
fn slow(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| i64::try_from(digits_of(bytes.get(from..to)?)?).ok();
    let is_framed = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')]
        .iter()
        .all(|(at, expected)| bytes.get(*at) == Some(expected));
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let is_valid = (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !is_framed || !is_valid {
        return None;
    }
    let (microseconds, zone) = fraction(bytes.get(19..)?)?;
    let seconds = ((days_before(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    let offset = offset_seconds(zone)?;
    Some((seconds - offset) * 1_000_000 + microseconds)
}

/// Returns the microseconds of a fraction of a second, cut off, and what follows it.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(rest) = text.strip_prefix(b".") else {
        return Some((0, text));
    };
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut digits = rest[..length].to_vec();
    digits.resize(6.max(length), b'0');
    let microseconds = i64::try_from(digits_of(&digits[..6])?).ok()?;
    (length > 0).then_some((microseconds, &rest[length..]))
}

fn offset_seconds(zone: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match zone {
        [b'Z' | b'z'] => return Some(0),
        [sign @ (b'+' | b'-'), hours @ .., b':', tens, ones] if hours.len() == 2 => {
            (sign, digits_of(hours)?, digits_of(&[*tens, *ones])?)
        }
        _ => return None,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = i64::try_from((hours * 60 + minutes) * 60).ok()?;
    Some(if *sign == b'-' { -seconds } else { seconds })
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the days from 1970 to a day, counted one year and one month at a time.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let days_of_year = |year: i64| if is_leap(year) { 366 } else { 365 };
    let years: i64 = match year {
        1970.. => (1970..year).map(days_of_year).sum(),
        _ => -(year..1970).map(days_of_year).sum::<i64>(),
    };
    let months: i64 = (1..month).map(|month| days_of(year, month)).sum();
    years + months + day - 1
}
